package dev.graft.checkpoint;

import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;

/** Takes the fingerprint of what is written, front to back, and keeps nothing. */
final class FingerprintChannel implements SeekableByteChannel {
    private final Fingerprint fingerprint;
    private long size;
    private boolean open = true;

    FingerprintChannel(Fingerprint fingerprint) {
        this.fingerprint = fingerprint;
    }

    @Override
    public int write(ByteBuffer bytes) {
        int count = bytes.remaining();
        fingerprint.add(bytes);
        size += count;
        return count;
    }

    @Override
    public long position() {
        return size;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int read(ByteBuffer target) {
        throw new UnsupportedOperationException("nothing is kept");
    }

    @Override
    public SeekableByteChannel position(long position) {
        throw new UnsupportedOperationException("written front to back");
    }

    @Override
    public SeekableByteChannel truncate(long length) {
        throw new UnsupportedOperationException("written front to back");
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() {
        open = false;
    }
}
