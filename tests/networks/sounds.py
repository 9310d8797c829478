"""Networks that listen: speech, wake words, notes; and those that read the brain's waves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.networks import signals
from tests.networks.fetch import Package
from tests.networks.network import Engine, Network, first
from tests.networks.packages import SPEECH
from tinsmith.dtypes import Array

SILERO = Package("wheel", "silero-vad", "6.2.3", ("silero_vad/data/silero_vad_16k_op15.onnx",))
WHISPER = Package("wheel", "faster-whisper", "1.2.1", ("faster_whisper/assets/silero_vad_v6.onnx",))
WAKE = Package("wheel", "openwakeword", "0.4.0", tuple(
    f"openwakeword/resources/models/{file}.onnx" for file in (
        "silero_vad", "melspectrogram", "embedding_model", "alexa_v0.1", "hey_jarvis_v0.1",
        "hey_mycroft_v0.1", "timer_v0.1")))
BASIC_PITCH = Package("wheel", "basic-pitch", "0.4.0", (
    "basic_pitch/saved_models/icassp_2022/nmp.onnx",))
SWIFT_F0 = Package("wheel", "swift-f0", "0.3.0", ("swift_f0/model.onnx",))
EEG = Package("wheel", "brainmaze-eeg-models", "0.1.0", (
    "brainmaze_eeg_models/seizure/_models/modelA_paper.onnx",
    "brainmaze_eeg_models/spindles/_models/spindle-detector-eeg.onnx"))


def hear(listen: Callable[[Engine, Array], Array]) -> Callable[[Engine], list[str]]:
    """How surely somebody speaks: the highest probability over a second of sound."""
    def perform(engine: Engine) -> list[str]:
        found = []
        for file in SPEECH.files:
            sure = listen(engine, signals.sound(SPEECH.path(file))).max()
            found.append(f"{file.split('/')[-1]} {sure:.3f}")
        return found
    return perform


def listen_v5(engine: Engine, samples: Array) -> Array:
    """The probability of speech in each 512 samples, which the network sees after the 64 before."""
    context, state = np.zeros(64, np.float32), np.zeros((2, 1, 128), np.float32)
    found = []
    for start in range(0, len(samples) - 511, 512):
        piece = samples[start:start + 512]
        outputs = engine({"input": np.concatenate([context, piece])[None], "state": state})
        context, state = piece[-64:], outputs["stateN"]
        found.append(outputs["output"][0, 0])
    return np.array(found)


def listen_v6(engine: Engine, samples: Array) -> Array:
    """The same, eight pieces at a time."""
    pieces = samples[:len(samples) // 512 * 512].reshape(-1, 512)
    before = np.concatenate([np.zeros((1, 64), np.float32), pieces[:-1, -64:]])
    seen = np.concatenate([before, pieces], 1)
    h = c = np.zeros((1, 1, 128), np.float32)
    found = []
    for start in range(0, len(seen) // 8 * 8, 8):
        outputs = engine({"input": seen[start:start + 8], "h": h, "c": c})
        h, c = outputs["hn"], outputs["cn"]
        found.append(outputs["speech_probs"].reshape(-1))
    return np.concatenate(found)


def listen_v4(engine: Engine, samples: Array) -> Array:
    """The same without context, with the two states of an LSTM."""
    h = c = np.zeros((2, 1, 64), np.float32)
    found = []
    for start in range(0, len(samples) - 511, 512):
        outputs = engine({"input": samples[None, start:start + 512], "h": h, "c": c})
        h, c = outputs["hn"], outputs["cn"]
        found.append(outputs["output"][0, 0])
    return np.array(found)


def loudest_band(engine: Engine) -> list[str]:
    """In which of 32 mel bands a note is loudest."""
    note = signals.tone(440, 0.79, 16000) * np.float32(8000)
    return [f"band {int(first(engine({'input': note[None]})).mean((0, 1, 2)).argmax())}"]


def embed(engine: Engine) -> list[str]:
    """Whether speech is nearer to itself, a little later, than to silence."""
    marks = []
    for file, start in ((SPEECH.files[0], 0), (SPEECH.files[0], 8), (SPEECH.files[1], 0)):
        mel = spectrogram(signals.sound(SPEECH.path(file)))
        marks.append(first(engine({"input_1": mel[None, start:start + 76, :, None]})).reshape(-1))
    near, far = (float(np.abs(marks[0] - other).mean()) for other in marks[1:])
    return ["nearer to itself" if near < far else "nearer to silence"]


def spectrogram(samples: Array) -> Array:
    """Powers of 32 bands in 76 and more short pieces of sound, as the embedding takes them."""
    pieces = np.lib.stride_tricks.sliding_window_view(samples, 512)[::160][:100]
    power = np.abs(np.fft.rfft(pieces * np.hanning(512)))**2
    bands = power[:, 1:].reshape(len(power), 32, 8).sum(-1)
    return np.log10(np.maximum(bands, 1e-10)).astype(np.float32) + 2


def wake(name: str, count: int) -> Callable[[Engine], list[str]]:
    """How surely a word was said, in noise in place of embeddings."""
    def perform(engine: Engine) -> list[str]:
        rng = np.random.default_rng(0)
        marks = (rng.standard_normal((1, count, 96)) * 8).astype(np.float32)
        likely = first(engine({name: marks})).reshape(-1)
        return [f"{likely.argmax()}" if likely.size > 1 else "yes" if likely[0] > 0.5 else "no"]
    return perform


def find_notes(engine: Engine) -> list[str]:
    """The pitch of a note, as the number of a key of a piano (A4: 48)."""
    sound = signals.tone(440, 43844 / 22050, 22050)[None, :, None]
    notes = engine({"serving_default_input_2:0": sound})["StatefulPartitionedCall:1"]
    return [f"key {int(notes[0].mean(0).argmax())}"]


def find_pitch(engine: Engine) -> list[str]:
    """The pitch of a note in hertz."""
    outputs = engine({"audio": signals.tone(220, 1, 16000)[None] * np.float32(0.3)})
    return [f"{np.median(outputs['pitch']):.0f} Hz"]


def watch_seizure(engine: Engine) -> list[str]:
    """The most likely of four states of a brain, in each of five stretches of noise."""
    rng = np.random.default_rng(1)
    power = np.log(rng.chisquare(2, (1, 100, 60)) + 0.1).astype(np.float32)
    return [str(k) for k in engine({"x": power})["probs"][::12, 0].argmax(-1)]


def watch_spindles(engine: Engine) -> list[str]:
    """How much of half a minute is spindles: bursts of 13 Hz in noise."""
    rng, t = np.random.default_rng(2), np.arange(7500) / 250
    burst = sum(np.exp(-((t - at) / 0.4)**2) for at in (6, 14, 22))
    wave = rng.standard_normal(7500) + 3 * burst * np.sin(2 * np.pi * 13 * t)
    bands = np.stack([np.abs(wave)**2] * 15)[None] * np.linspace(0.5, 1.5, 15)[None, :, None]
    outputs = engine({"raw_signal": wave[None, None].astype(np.float32),
                      "spectrogram": bands.astype(np.float32)})
    return [f"{(outputs['segmentation'] > 0.5).mean():.0%} of the time"]


SOUNDS = (
    Network("silero-vad", SILERO, hear(listen_v5), ("speech.wav 0.994", "silence.wav 0.007"),
            (SPEECH,), shapes={"input": (1, 576), "state": (2, 1, 128)},
            bind={"sr": np.array(16000, np.int64)}, small=True),
    Network("silero-vad-v6", WHISPER, hear(listen_v6), ("speech.wav 0.852", "silence.wav 0.011"),
            (SPEECH,), shapes={"input": (8, 576)}, small=True),
    Network("silero-vad-v4", WAKE, hear(listen_v4), ("speech.wav 0.968", "silence.wav 0.038"),
            (SPEECH,), shapes={"input": (1, 512), "h": (2, 1, 64), "c": (2, 1, 64)},
            bind={"sr": np.array(16000, np.int64)}, small=True),
    Network("oww-melspectrogram", WAKE, loudest_band, ("band 5",), (), file=1,
            shapes={"input": (1, 12640)}, small=True),
    Network("oww-embedding", WAKE, embed, ("nearer to itself",), (SPEECH,), file=2,
            shapes={"input_1": (1, 76, 32, 1)}),
    Network("oww-alexa", WAKE, wake("onnx::Flatten_0", 16), ("yes",), (), file=3, small=True),
    Network("oww-hey-jarvis", WAKE, wake("x.1", 16), ("no",), (), file=4, small=True),
    Network("oww-hey-mycroft", WAKE, wake("input_1", 16), ("no",), (), file=5,
            shapes={"input_1": (1, 16, 96)}, small=True),
    Network("oww-timer", WAKE, wake("onnx::Flatten_0", 34), ("3",), (), file=6, small=True),
    Network("basic-pitch", BASIC_PITCH, find_notes, ("key 48",), (),
            shapes={"serving_default_input_2:0": (1, 43844, 1)}),
    Network("swift-f0", SWIFT_F0, find_pitch, ("220 Hz",), (), shapes={"audio": (1, 16000)},
            bind={"fmin": np.array(46.875, np.float32), "fmax": np.array(2093.75, np.float32)}),
    Network("brainmaze-seizure", EEG, watch_seizure, ("2",) * 5, (),
            shapes={"x": (1, 100, 60)}, small=True),
    Network("brainmaze-spindles", EEG, watch_spindles, ("98% of the time",), (), file=1,
            shapes={"raw_signal": (1, 1, 7500), "spectrogram": (1, 15, 7500)}),
)
