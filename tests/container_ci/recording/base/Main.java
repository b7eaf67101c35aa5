import com.sun.net.httpserver.*;
public class Main {
  public static void main(String[] args) throws Exception {
    HttpServer server = HttpServer.create(new java.net.InetSocketAddress(8099), 0);
    server.start();
  }
}
