package dev.graft.runtime.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * The tensor operators as a TorchScript archive: a zip of source text that the engine compiles. The text is kept as one
 * readable file a family in this package's resources, written as methods of one class {@code Ops}.
 */
final class OpsArchive {
    private static final List<String> FAMILIES = List.of(
            "tensors",
            "layers",
            "attention",
            "loss",
            "routing",
            "adapters",
            "experts",
            "random",
            "autograd",
            "updates");

    private static final String HEADER = """
            class Ops(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
            """;

    /** The archive's text knows an element type only by its number. */
    private static String numberedTypes(String source) {
        return source.replace("torch.int64", "4").replace("torch.float32", "6").replace("torch.float64", "7");
    }

    private OpsArchive() {}

    /** The archive, ready to be loaded. */
    static byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            entry(zip, "ops/data.pkl", module());
            entry(zip, "ops/constants.pkl", "\u0080\u0002).".getBytes(ISO_8859_1));
            entry(zip, "ops/version", "10\n".getBytes(UTF_8));
            entry(zip, "ops/code/__torch__.py", source().getBytes(UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static String source() {
        return FAMILIES.stream()
                .map(OpsArchive::family)
                .flatMap(String::lines)
                .map(line -> "  " + numberedTypes(line) + "\n")
                .collect(Collectors.joining("", HEADER, ""));
    }

    private static String family(String name) {
        try (InputStream in = OpsArchive.class.getResourceAsStream(name + ".py")) {
            if (in == null) {
                throw new IllegalStateException("the resource " + name + ".py is missing from the program");
            }
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A pickle (protocol 2) of one {@code __torch__.Ops} whose only attribute is {@code training = True}. */
    private static byte[] module() {
        return "\u0080\u0002c__torch__\nOps\n)\u0081}X\u0008\u0000\u0000\u0000training\u0088sb.".getBytes(ISO_8859_1);
    }

    /** The engine wants its entries stored, not compressed. */
    private static void entry(ZipOutputStream zip, String name, byte[] content) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCompressedSize(content.length);
        CRC32 checksum = new CRC32();
        checksum.update(content);
        entry.setCrc(checksum.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}
