"""The imperative shell: Faust app, codecs, chunked consumer, state, outbox, command line."""
