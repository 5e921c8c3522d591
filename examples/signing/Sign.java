// Java 17 or later, with the standard library alone. The key is PKCS#8 ("BEGIN PRIVATE KEY").
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;

public class Sign {
    public static void main(String[] arguments) throws Exception {
        String project = System.getenv("LINCHPIN_PROJECT_ID");
        String pem = System.getenv("LINCHPIN_SIGNING_KEY").replace("\\n", "\n");
        String userId = arguments[0];

        byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        var key = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(der));
        long now = Instant.now().getEpochSecond();
        // A library for JSON escapes what is in the user's id; here it must hold no quote and no backslash.
        String claims = "{\"sub\":\"%s\",\"aud\":\"linchpin/%s\",\"iat\":%d,\"exp\":%d}"
                .formatted(userId, project, now, now + 3600);
        String content = encode("{\"alg\":\"RS256\",\"typ\":\"JWT\"}") + "." + encode(claims);
        var signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(key);
        signature.update(content.getBytes(StandardCharsets.UTF_8));
        System.out.println(content + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature.sign()));
    }

    private static String encode(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
