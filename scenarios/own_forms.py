"""The grammar of a user's own functions and classes."""

from tradepit.scenarios.forms import Key, Record
from tradepit.scenarios.own_tree import OwnCode
from tradepit.scenarios.path_forms import ClassToUse
from tradepit.scenarios.scalar_forms import Settings

OWN_CODE = Record(
    OwnCode,
    (
        Key("use", ClassToUse("function", "my_function"), required=True, example="write use: my_module:my_function"),
        Key("with", Settings(), "with_"),
    ),
)
