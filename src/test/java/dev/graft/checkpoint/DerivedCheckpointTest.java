package dev.graft.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DerivedCheckpointTest {
    @TempDir
    Path folder;

    private Path base = Path.of("");
    private Path out = Path.of("");

    @BeforeEach
    void write_two_shards() throws IOException {
        base = Files.createDirectory(folder.resolve("base"));
        out = folder.resolve("out");
        Files.writeString(base.resolve("config.json"), "{\"model_type\": \"x\", \"eps\": 1e-05, \"window\": null}");
        Files.writeString(base.resolve("tokenizer.json"), "{}");
        Files.writeString(base.resolve("README.md"), "the base's own");
        Files.writeString(base.resolve("pytorch_model.bin"), "not taken along");
        shard("model-00001-of-00002.safetensors", "a", "b");
        shard("model-00002-of-00002.safetensors", "c");
        Files.writeString(base.resolve("model.safetensors.index.json"), """
                {"metadata": {"total_size": 24}, "weight_map": {"a": "model-00001-of-00002.safetensors",
                 "b": "model-00001-of-00002.safetensors", "c": "model-00002-of-00002.safetensors"}}""");
    }

    private void shard(String file, String... names) {
        SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
        for (String name : names) {
            writer.floats(name, List.of(2L), name.charAt(0), 1);
        }
        writer.write(base.resolve(file), IfExists.REFUSE);
    }

    @Test
    void a_shard_with_a_changed_tensor_is_written_anew_and_the_others_are_linked() throws IOException {
        // when
        derived().change("b", DType.F32, List.of(3L), floats(7, 8, 9)).write(out, IfExists.REFUSE, Reuse.LINK);

        // then
        Checkpoint written = Checkpoint.open(out);
        assertThat(written.warnings()).isEmpty();
        assertThat(values(written, "a")).containsExactly('a', 1);
        assertThat(values(written, "b")).containsExactly(7, 8, 9);
        assertThat(Files.isSameFile(shard(out, 2), shard(base, 2))).isTrue();
        assertThat(Files.isSameFile(shard(out, 1), shard(base, 1))).isFalse();
        assertThat(values(Checkpoint.open(base), "b")).containsExactly('b', 1);
    }

    @Test
    void added_tensors_have_a_shard_of_their_own() {
        derived()
                .addedShard("model-more.safetensors")
                .add("d", DType.F32, List.of(1L), floats(4))
                .write(out, IfExists.REFUSE, Reuse.COPY);

        Checkpoint written = Checkpoint.open(out);
        assertThat(written.tensors().keySet()).containsExactlyInAnyOrder("a", "b", "c", "d");
        assertThat(written.tensor("d").shard()).hasFileName("model-more.safetensors");
        assertThat(written.warnings()).isEmpty();
    }

    @Test
    void a_shard_without_tensors_is_left_out_and_one_file_needs_no_index() {
        derived().drop("c").write(out, IfExists.REFUSE, Reuse.LINK);

        assertThat(Checkpoint.open(out).tensors().keySet()).containsExactly("a", "b");
        assertThat(out).isDirectoryContaining("glob:**/model.safetensors");
        assertThat(out.resolve("model.safetensors.index.json")).doesNotExist();
    }

    @Test
    void settings_change_and_the_rest_of_the_configuration_stays() {
        derived()
                .config("top_k", 3)
                .change("a", DType.F32, List.of(1L), floats(1))
                .card("# Card\n")
                .write(out, IfExists.REFUSE, Reuse.LINK);

        assertThat(out.resolve("config.json")).content().contains("\"window\" : null");
        ModelConfig config = Checkpoint.open(out).config();
        assertThat(config.integer("top_k")).isEqualTo(3);
        assertThat(config.decimal("eps")).isEqualTo(1e-5);
        assertThat(out.resolve("README.md")).hasContent("# Card\n");
        assertThat(out.resolve("tokenizer.json")).hasContent("{}");
        assertThat(out.resolve("pytorch_model.bin")).doesNotExist();
    }

    @Test
    void links_lead_to_the_files_behind_the_links_of_a_cache() throws IOException {
        // given
        Path blob = Files.move(
                shard(base, 2), Files.createDirectory(folder.resolve("blobs")).resolve("2f1e"));
        Files.createSymbolicLink(shard(base, 2), Path.of("../blobs/2f1e"));

        // when
        derived().change("a", DType.F32, List.of(1L), floats(1)).write(out, IfExists.REFUSE, Reuse.LINK);
        Files.delete(shard(base, 2));

        // then
        assertThat(Files.isSameFile(shard(out, 2), blob)).isTrue();
        assertThat(values(Checkpoint.open(out), "c")).containsExactly('c', 1);
    }

    @Test
    void a_copy_has_bytes_of_its_own() throws IOException {
        derived().change("a", DType.F32, List.of(1L), floats(1)).write(out, IfExists.REFUSE, Reuse.COPY);

        assertThat(Files.isSameFile(shard(out, 2), shard(base, 2))).isFalse();
        assertThat(shard(out, 2)).hasSameBinaryContentAs(shard(base, 2));
    }

    @Test
    void the_base_is_never_replaced() {
        derived().write(out, IfExists.REFUSE, Reuse.LINK);
        DerivedCheckpoint ofIt = new DerivedCheckpoint(Checkpoint.open(out)).config("top_k", 3);

        assertThatThrownBy(() -> ofIt.write(out, IfExists.REPLACE, Reuse.LINK)).hasMessageContaining("[E_EXISTS]");
        assertThatThrownBy(() -> ofIt.write(folder, IfExists.REPLACE, Reuse.LINK))
                .hasMessageContaining("[E_EXISTS]");
        assertThat(Checkpoint.open(out).tensors()).hasSize(3);
    }

    @Test
    void a_base_that_changed_since_it_was_opened_is_refused() throws IOException {
        DerivedCheckpoint derived = derived();
        Files.write(shard(base, 2), new byte[100]);

        assertThatThrownBy(() -> derived.write(out, IfExists.REFUSE, Reuse.LINK))
                .hasMessageContaining("[E_CHANGED]");
        assertThat(out).doesNotExist();
        assertThat(folder.resolve("out.partial")).doesNotExist();
    }

    private DerivedCheckpoint derived() {
        return new DerivedCheckpoint(Checkpoint.open(base));
    }

    private static Path shard(Path in, int number) {
        return in.resolve("model-0000" + number + "-of-00002.safetensors");
    }

    private static float[] values(Checkpoint checkpoint, String tensor) {
        return checkpoint.shardOf(checkpoint.tensor(tensor)).floats(tensor);
    }

    private static AtomicFile.Content floats(float... values) {
        ByteBuffer bytes = Narrowing.bytes(DType.F32, values, values.length);
        return channel -> AtomicFile.writeFully(channel, bytes.duplicate());
    }
}
