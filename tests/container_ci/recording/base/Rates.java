public class Rates {
  static int parse(String text) { return Integer.parseInt(text); }
  public static void main(String[] args) {
    try { parse("12,5"); } catch (NumberFormatException e) { throw new IllegalStateException("rates table is unusable", e); }
  }
}
