"""One run of training: callbacks, progress, warnings."""

import warnings

from thalweg import _thalweg


def _functions(callbacks, kind):
    """The functions of `callbacks` (one, or several) that look at epochs or at steps: a plain function looks at
    epochs; an object has on_epoch or on_step, or both."""
    if callbacks is None:
        return []
    found = []
    for callback in callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]:
        if not (callable(callback) or hasattr(callback, "on_epoch") or hasattr(callback, "on_step")):
            raise TypeError(f"a callback is a function of a report, or has on_epoch or on_step, not {callback!r}")
        has_methods = hasattr(callback, "on_epoch") or hasattr(callback, "on_step")
        function = getattr(callback, kind, None) if has_methods else callback if kind == "on_epoch" else None
        if function is not None:
            found.append(function)
    return found


def _all_of(functions):
    """One function that calls them all: False where one returns False. None for none."""
    if not functions:
        return None

    def call(report):
        answers = [function(report) for function in functions]
        return not any(answer is False for answer in answers)

    return call


class _Progress:
    """A bar of the epochs, drawn by tqdm if it is there."""

    def __init__(self):
        self._bar = None

    def on_epoch(self, report):
        if self._bar is None:
            self._bar = self._make(report.epochs)
        if self._bar is False:
            return
        self._bar.n = report.epoch
        score = report.loss if report.validation_loss is None else report.validation_loss
        self._bar.set_postfix(loss=f"{score:.4g}", refresh=False)
        self._bar.refresh()

    def close(self):
        if self._bar:
            self._bar.close()

    @staticmethod
    def _make(epochs):
        try:
            from tqdm.auto import tqdm
        except ImportError:
            warnings.warn("verbose shows the progress with tqdm, which is not installed: pip install tqdm", stacklevel=7)
            return False
        return tqdm(total=epochs, unit="epoch")


def run(frame, options, *, validation, continuation, callbacks, verbose):
    """Trains and returns what it gave; warns, once each, of what the library notes."""
    progress = _Progress() if verbose else None
    on_epoch = _functions(callbacks, "on_epoch") + ([progress.on_epoch] if progress else [])
    try:
        outcome = _thalweg.train(
            frame, options, validation=validation, continuation=continuation, on_epoch=_all_of(on_epoch),
            on_step=_all_of(_functions(callbacks, "on_step")),
        )
    finally:
        if progress:
            progress.close()
    for note in [*frame.notes, *outcome.notes]:
        warnings.warn(note, stacklevel=5)
    if outcome.interrupted:
        warnings.warn("training was interrupted: the best parameters so far are kept", stacklevel=5)
    return outcome
