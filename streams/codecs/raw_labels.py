"""Labels in JSON that is parsed only when its bytes are new."""

import msgspec

from streams.codecs.faults import Fault

_parse = msgspec.json.Decoder(dict[str, str]).decode


def labels_of(raw: bytes) -> dict[str, str]:
    """A map of texts. Raises Fault for anything else.

    >>> labels_of(b'{"host": "a"}')
    {'host': 'a'}
    """
    try:
        return _parse(raw)
    except RecursionError:
        raise Fault("shape", "labels are nested too deeply") from None
    except msgspec.ValidationError as error:
        raise Fault("shape", f"labels: {error}") from None
    except ValueError as error:  # DecodeError and UnicodeDecodeError are such
        raise Fault("not_json", f"labels: {error}") from None
