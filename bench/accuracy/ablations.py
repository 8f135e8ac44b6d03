"""What each part of a preset brings: the options that switch one of them off."""

# `auto` makes several networks where nothing is said of them, so parts are switched off in one network.
ONE_NETWORK = ["--ensemble", "1", "--folds", "1"]
AUTO = {
    "as it is": [],
    "numbers are not embedded in waves": ["--embedding", "none"],
    "no learned scale of the inputs": ["--no-input-scale"],
    "one learning rate for all parameters": ["--one-rate"],
    "the rate falls once (cosine), not in four waves": ["--schedule", "cosine"],
    "no dropout": ["--dropout", "0"],
    "dropout and decay do not fade": ["--dropout-schedule", "constant", "--weight-decay-schedule", "constant"],
    "no weight decay": ["--weight-decay", "0"],
    "no label smoothing": ["--label-smoothing", "0"],
    "relu in place of silu": ["--activation", "relu"],
    "values that recur have no inputs": ["--no-recurring-values"],
    "the last epoch, not the best": ["--validation", "0"],
}
REALMLP = {
    "as it is": [],
    "numbers are not embedded in waves": ["--embedding", "none"],
    "no learned scale of the inputs": ["--no-input-scale"],
    "the activation does not learn its bend": ["--no-parametric"],
    "a start that does not look at the data": ["--initialisation", "standard"],
    "one rate (0.003) for all parameters, not ntk": ["--parametrisation", "standard", "--learning-rate", "0.003"],
    "a constant rate": ["--schedule", "constant"],
    "no label smoothing": ["--label-smoothing", "0"],
    "no dropout": ["--dropout", "0"],
    "no weight decay": ["--weight-decay", "0"],
    "numbers by mean and deviation": ["--scaling", "standard"],
    "every category one-hot": ["--one-hot-up-to", "1000"],
    "predictions are not clamped": ["--no-clamp"],
    "the last batch of an epoch may be short": ["--no-whole-batches"],
}
TABM = {
    "as it is": [],
    "8 members in place of 32": ["--members", "8"],
    "only the first layer's inputs apart": ["--preset", "tabm-mini"],
    "numbers are not embedded": ["--embedding", "none"],
    "numbers by mean and deviation": ["--scaling", "standard"],
    "the same batches for all members": ["--member-batches", "shared"],
    "no dropout": ["--dropout", "0"],
    "gradients are not shortened": ["--clip-norm", "0"],
}
PRESETS = {"auto": AUTO, "realmlp": REALMLP, "tabm": TABM}


def options_of(preset, part):
    options = PRESETS[preset][part]
    if preset == "auto": return [*ONE_NETWORK, *options]
    return options if "--preset" in options else ["--preset", preset, *options]
