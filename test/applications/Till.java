// Logs in once, and encrypts and decrypts by the key that is called dek for each line that it is sent; `reload` reads the token anew.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.Provider;
import java.security.Security;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;

public class Till {
  public static void main(String[] args) throws Exception {
    Provider provider = Security.getProvider("SunPKCS11").configure(args[0]);
    char[] pin = Files.readString(Path.of(args[1])).toCharArray();
    byte[] text = "sixteen bytes ok".getBytes();
    IvParameterSpec iv = new IvParameterSpec(new byte[16]);
    Key key = null;
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = "reload"; line != null; line = lines.readLine()) {
      try {
        if (line.equals("reload")) {
          KeyStore store = KeyStore.getInstance("PKCS11", provider);
          store.load(null, pin);
          key = store.getKey("dek", null);
        }
        Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding", provider);
        cipher.init(Cipher.ENCRYPT_MODE, key, iv);
        byte[] sealed = cipher.doFinal(text);
        cipher.init(Cipher.DECRYPT_MODE, key, iv);
        System.out.println(Arrays.equals(cipher.doFinal(sealed), text) ? "ok" : "another text");
      } catch (Exception error) {
        System.out.println(error.toString().replace('\n', ' '));
      }
    }
  }
}
