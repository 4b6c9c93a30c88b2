"""Waiting for a page whose policy lets nothing be evaluated from strings, as playwright's own waiting does."""

STEP = 50


def wait_until(tab, function, arg=None, timeout=20_000):
    """Ask the page until a function of it gives true."""
    for _ in range(timeout // STEP):
        if tab.evaluate(function, arg):
            return
        tab.wait_for_timeout(STEP)
    raise AssertionError(f"not within {timeout} ms: {function}")
