"""`ergon completion`: the script that makes a shell complete our commands and options."""

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    For bash: eval "$(ergon completion bash)" in ~/.bashrc; zsh likewise in ~/.zshrc;
    for fish: ergon completion fish > ~/.config/fish/completions/ergon.fish
    """
    from click.shell_completion import get_completion_class  # noqa: PLC0415

    script = get_completion_class(shell)
    if script is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(script(ctx.find_root().command, {}, "ergon", "_ERGON_COMPLETE").source())
