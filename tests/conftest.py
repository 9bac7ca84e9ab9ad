"""For all tests that make mutants runs."""

import threading

from tqdm import tqdm

# make mutants forks a process for each mutant. tqdm's own lock is shared by all of them, and one that is
# killed while it holds it would let all others wait forever.
tqdm.set_lock(threading.RLock())
