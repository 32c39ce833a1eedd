"""Names in docstrings link to what they name, where only one thing has that name."""

from collections import defaultdict

from sphinx.application import Sphinx
from sphinx.domains.python import ObjectEntry, PythonDomain
from sphinx.environment import BuildEnvironment


class Python(PythonDomain):
    """Python objects; a name that several of them have stays plain code instead of a warning."""

    def find_obj(
        self,
        env: BuildEnvironment,
        modname: str | None,
        classname: str | None,
        name: str,
        type: str | None,
        searchmode: int = 0,
    ) -> list[tuple[str, ObjectEntry]]:
        """Find what a name refers to: in its class, its module, anywhere; one object, or none."""
        name = name.removesuffix("()")
        nearest = (f"{modname}.{classname}.{name}", f"{modname}.{name}", name)
        found = [full for full in nearest if full in self.objects][:1] or self._ending_in(name)
        return [(full, self.objects[full]) for full in found if len(found) == 1]

    def _ending_in(self, name: str) -> list[str]:
        """Full names whose last parts are a name; looked up once for all names."""
        if getattr(self, "_counted", None) != len(self.objects):
            self._counted, self._endings = len(self.objects), defaultdict(list)
            for full in self.objects:
                parts = full.split(".")
                for first in range(1, len(parts)):
                    self._endings[".".join(parts[first:])].append(full)
        return self._endings.get(name, [])


def setup(app: Sphinx) -> dict[str, bool]:
    """Put it in place of Sphinx's own."""
    app.add_domain(Python, override=True)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
