"""What a person means by a name."""

import pytest

from controller.errors import ServiceError
from controller.targets import find
from desired_state.key import Key

WEB = Key("Container", "shop", "web")
WEB_IMAGE = Key("Image", "shop", "web")
OTHER_WEB = Key("Container", "blog", "web")
DATA = Key("Volume", "shop", "data")


@pytest.mark.parametrize(
    ("text", "namespace", "meant"),
    [
        ("web", "shop", WEB),
        ("data", None, DATA),
        ("container/web", "shop", WEB),
        ("image/web", None, WEB_IMAGE),
        ("IMAGE/web", None, WEB_IMAGE),
        ("shop/web", None, WEB),
        ("blog/web", "shop", OTHER_WEB),
        ("container/blog/web", None, OTHER_WEB),
    ],
)
def test_a_name_means_one_resource(text: str, namespace: str | None, meant: Key) -> None:
    assert find(text, namespace, [WEB, WEB_IMAGE, OTHER_WEB, DATA]) == meant


def test_a_bare_name_means_a_container_before_anything_else() -> None:
    assert find("web", None, [WEB_IMAGE, WEB]) == WEB


def test_a_name_that_may_mean_several_is_refused_with_all_of_them() -> None:
    with pytest.raises(ServiceError) as refused:
        find("web", None, [WEB, OTHER_WEB])

    assert (refused.value.status, refused.value.message) == (
        409,
        '"web" may mean container/blog/web, container/shop/web',
    )


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ServiceError) as refused:
        find("wbe", None, [WEB, DATA])

    assert (refused.value.status, refused.value.hint) == (404, 'did you mean "web"?')


@pytest.mark.parametrize("text", ["", "/", "a/b/c/d", "shop/", "/web", "container//web"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(ServiceError) as refused:
        find(text, None, [WEB])

    assert refused.value.status in (400, 404)
