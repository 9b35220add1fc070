package dev.graft.checkpoint.hub;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A response's body, taken piece by piece by one thread. One that stops arriving is an error, not an endless wait, which
 * the client itself promises for a response's head only.
 */
final class ArrivingBytes implements BodySubscriber<ArrivingBytes>, AutoCloseable {
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final Duration stall;
    private @Nullable Subscription subscription;
    private boolean closed;

    /** @param stall how long to wait for the next piece */
    ArrivingBytes(Duration stall) {
        this.stall = stall;
    }

    private sealed interface Event {
        record Piece(List<ByteBuffer> bytes) implements Event {}

        record Failure(Throwable cause) implements Event {}

        record End() implements Event {}
    }

    /**
     * The next piece; null behind the last one.
     *
     * @throws IOException if the connection broke, or brought nothing for too long
     */
    @Nullable
    List<ByteBuffer> next() throws IOException {
        Event event = await();
        if (event instanceof Event.Piece piece) {
            requestNext();
            return piece.bytes();
        }
        if (event instanceof Event.Failure failure) {
            throw new IOException(failure.cause());
        }
        return null;
    }

    private Event await() throws IOException {
        try {
            Event event = events.poll(stall.toMillis(), TimeUnit.MILLISECONDS);
            if (event == null) {
                throw new HttpTimeoutException("nothing arrived for " + stall.toSeconds() + " s");
            }
            return event;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    private synchronized void requestNext() {
        if (subscription != null) {
            subscription.request(1);
        }
    }

    /** What is still to come is not wanted. */
    @Override
    public synchronized void close() {
        closed = true;
        if (subscription != null) {
            subscription.cancel();
        }
    }

    @Override
    public CompletionStage<ArrivingBytes> getBody() {
        return CompletableFuture.completedFuture(this);
    }

    @Override
    public synchronized void onSubscribe(Subscription given) {
        subscription = given;
        if (closed) {
            given.cancel();
        } else {
            given.request(1);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> bytes) {
        events.add(new Event.Piece(bytes));
    }

    @Override
    public void onError(Throwable cause) {
        events.add(new Event.Failure(cause));
    }

    @Override
    public void onComplete() {
        events.add(new Event.End());
    }
}
