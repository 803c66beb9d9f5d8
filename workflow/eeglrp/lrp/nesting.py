"""Explanations within explanations: on each thread, only the innermost one listens."""

import threading
from contextlib import contextmanager

_local = threading.local()


def listeners():
    """Those who would listen on this thread, innermost last."""
    if not hasattr(_local, "stack"):
        _local.stack = []
    return _local.stack


def innermost():
    """Whoever listens on this thread, or None."""
    stack = listeners()
    return stack[-1] if stack else None


@contextmanager
def undisturbed():
    """Keep the operations of a block from all who listen further out."""
    stack = listeners()
    stack.append(object())
    try:
        yield
    finally:
        stack.pop()
