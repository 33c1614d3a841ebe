"""How often Python looks for garbage in a process that answers people."""

import gc


def settle() -> None:
    """Leave alone what is loaded by now: it stays as long as the process, and looking through it took every tenth
    answer 100 ms longer.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
