#!/usr/bin/env bash
# tokenizers 0.23.3 (Hugging Face): `Tokenizer.encode` keeps Python's global lock for as long as a text
# takes, `encode_batch` and `encode_batch_fast` of the very same text do not. A server that moves `encode`
# to a thread gains nothing by it: no other thread runs until the text is done.
#
# Seen (Python 3.11.7, 2 cores, one text of 1,000,000 characters, a byte-level BPE of 2,000 tokens trained
# here; another thread that sleeps a millisecond at a time): with `encode` it did not run once for 99 to
# 100 % of the time, with `encode_batch([text])` its longest wait was 2 to 4 %, with `encode_batch_fast` 1 %.
# Beside it: the same text in 250 pieces, one `encode` each, costs about a third less CPU than one call.
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check tokenizers==0.23.3
cat >"$folder/seen.py" <<'PYTHON'
import random
import string
import sys
import threading
import time

import tokenizers
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

chance = random.Random(7)
words = ["".join(chance.choices(string.ascii_lowercase, k=chance.randint(3, 12))) for _ in range(120_000)]
text = " ".join(words)[:1_000_000]

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
tokenizer.train_from_iterator(words[:20_000], trainers.BpeTrainer(vocab_size=2_000, show_progress=False))


def longest_wait(call):
    """Return the longest time that another thread waited for its turn, as a share of the call's."""
    done, worst = threading.Event(), 0.0

    def run():
        call()
        done.set()

    thread = threading.Thread(target=run)
    begun = last = time.perf_counter()
    thread.start()
    while not done.is_set():
        time.sleep(0.001)
        now = time.perf_counter()
        worst, last = max(worst, now - last), now
    thread.join()
    return worst / (time.perf_counter() - begun)


def cpu(call):
    """Return the CPU seconds of a call."""
    begun = time.process_time()
    call()
    return time.process_time() - begun


pieces = [text[start : start + 4_000] for start in range(0, len(text), 4_000)]
alone = longest_wait(lambda: tokenizer.encode(text))
batch = longest_wait(lambda: tokenizer.encode_batch([text]))
fast = longest_wait(lambda: tokenizer.encode_batch_fast([text]))
whole, cut = cpu(lambda: tokenizer.encode(text)), cpu(lambda: [tokenizer.encode(piece) for piece in pieces])
print(f"tokenizers {tokenizers.__version__}, Python {sys.version.split()[0]}")
print(f"longest wait of another thread, as a share of the call: encode {alone:.0%}, "
      f"encode_batch of the same text {batch:.0%}, encode_batch_fast {fast:.0%}")
print(f"CPU: one call {whole:.2f} s, {len(pieces)} pieces {cut:.2f} s")
sys.exit(not (alone > 0.8 and batch < 0.4 and fast < 0.4))
PYTHON
TOKENIZERS_PARALLELISM=false "$folder/venv/bin/python" "$folder/seen.py"
