"""How often Python looks for garbage in a process that answers people."""

import gc


def settle() -> None:
    """Leave alone what is loaded by now: it stays as long as the process, and looking through it took every tenth
    answer 100 ms longer. What an answer leaves behind is looked through in small steps, so that each takes a moment
    longer and none a third.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(1_000, 20, 20)
