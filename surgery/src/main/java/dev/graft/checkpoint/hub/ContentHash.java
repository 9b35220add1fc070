package dev.graft.checkpoint.hub;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What names a blob: the SHA-256 of a large file, or the SHA-1 by which git knows a small one.
 *
 * @param hex 64 or 40 lower-case digits, fit for a file's name
 */
record ContentHash(String hex) {
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}|[0-9a-f]{40}");
    private static final int SHA_256 = 64;

    /** From an ETag header, quoted or not, weak or not. */
    static Optional<ContentHash> ofTag(String tag) {
        String hex = tag.replaceFirst("^W/", "").replace("\"", "");
        return HEX.matcher(hex).matches() ? Optional.of(new ContentHash(hex)) : Optional.empty();
    }

    /** A digest that the content of a file of this size is to be fed to. */
    MessageDigest digest(long size) {
        try {
            if (hex.length() == SHA_256) {
                return MessageDigest.getInstance("SHA-256");
            }
            MessageDigest git = MessageDigest.getInstance("SHA-1");
            git.update(("blob " + size + "\0").getBytes(StandardCharsets.US_ASCII));
            return git;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // both are part of every Java
        }
    }

    boolean isOf(MessageDigest fed) {
        return HexFormat.of().formatHex(fed.digest()).equals(hex);
    }
}
