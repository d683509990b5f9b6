"""YAML as Kubernetes reads it."""

from typing import Iterator

import yaml


class _StrictLoader(yaml.SafeLoader):
    """A key that stands twice is a mistake, which YAML's readers pass over."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(
                None, None, f'the key "{twice}" stands twice', node.start_mark)
        return super().construct_mapping(node, deep)


def read_all(text: str) -> Iterator:
    return yaml.load_all(text, Loader=_StrictLoader)
