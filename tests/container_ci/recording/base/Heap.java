public class Heap {
  public static void main(String[] args) {
    java.util.List<byte[]> kept = new java.util.ArrayList<>();
    System.out.println("loading the catalogue");
    while (true) kept.add(new byte[1 << 20]);
  }
}
