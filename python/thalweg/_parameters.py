"""The parameters of the estimators, which are the options of training: one table, in the C++ library, has their names,
defaults and words."""

import inspect

from thalweg import _thalweg

# What the data says by itself: y, the kind of estimator, sample_weight.
_SAID_BY_DATA = ("target", "task", "weight")
# One network, where the command takes the mean of several for a few rows: what scikit-learn does with an estimator, it
# does many times. None leaves the choice to the preset, as in the command.
_OWN_DEFAULTS = {"ensemble": 1, "folds": 1}
_OWN_PARAMETERS = {
    "warm_start": (False, "fit goes on from where the last one ended, with the same preprocessing, instead of anew."),
    "verbose": (False, "Show the progress, with tqdm."),
}

TRAINING = [parameter for parameter in _thalweg.parameters() if parameter["name"] not in _SAID_BY_DATA]


def _default(parameter):
    return _OWN_DEFAULTS.get(parameter["name"], parameter["default"])


def _signature():
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    parameters += [inspect.Parameter(of["name"], keyword, default=_default(of)) for of in TRAINING]
    parameters += [inspect.Parameter(name, keyword, default=default) for name, (default, _) in _OWN_PARAMETERS.items()]
    return inspect.Signature(parameters)


def _described():
    lines = ["", "    Parameters", "    ----------"]
    for of in TRAINING:
        lines.append(f"    {of['name']} : default {_default(of)!r}")
        lines.append(f"        {of['help']}" + (f" None: {of['chosen']}." if of["chosen"] else ""))
    for name, (default, words) in _OWN_PARAMETERS.items():
        lines += [f"    {name} : default {default!r}", f"        {words}"]
    return "\n".join(lines) + "\n"


def with_parameters(estimator):
    """Gives a class the __init__ of an estimator: it takes the parameters, by name, and keeps them as they are."""
    signature = _signature()

    def __init__(self, **parameters):
        bound = signature.bind(self, **parameters)
        bound.apply_defaults()
        for name, value in list(bound.arguments.items())[1:]:
            setattr(self, name, value)

    __init__.__signature__ = signature
    estimator.__init__ = __init__
    estimator.__doc__ += _described()
    return estimator
