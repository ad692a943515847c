"""What the parts of a loop have to know of an environment."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from scripts.engine.loop.inbox import Definition
from scripts.engine.update.images import of_resource
from scripts.files import ignore
from scripts.files.ignore import Ignore
from scripts.files.scope import Tree
from scripts.tiltfile.model import Environment, K8sResource, Manifest, Resource, within


def definitions_of(environment: Environment) -> dict[str, Definition]:
    """All that a worker knows of its resource, by name. Raises UserError for a mistake in an ignore file."""
    tiltfile, tiltignore, images = environment.tiltfile, environment.tiltignore, environment.images
    ignores = {ref: ignore.for_image(image, tiltfile, tiltignore) for ref, image in images.items()}
    return {
        resource.name: (resource, tuple((of_resource(images[ref], resource), ignores[ref]) for ref in _refs(resource)))
        for resource in environment.resources
    }


def shape(resource: Resource) -> tuple[type, tuple[str, ...]]:
    """A worker can take another definition of the same shape."""
    return type(resource), _refs(resource)


def concerned(definition: Definition, ignored: Ignore, paths: Iterable[Path]) -> frozenset[Path]:
    """The changes that matter to a resource: in or around what its images are built from, or its deps, for which
    `ignored` never do."""
    resource, images = definition

    def matters(path: Path) -> bool:
        deps = () if ignored.ignores(path) else getattr(resource, "deps", ())
        return any(within(path, dep) or within(dep, path) for dep in deps) or any(
            within(image.context, path) or (within(path, image.context) and not left_out.ignores(path))
            for image, left_out in images
        )

    return frozenset(filter(matters, paths))


def objects_of(environment: Environment) -> list[Manifest]:
    return [item for resource in environment.resources for item in getattr(resource, "objects", ())]


def watched(environment: Environment, more: tuple[Path, ...] = ()) -> tuple[list[Tree], list[Path]]:
    """Trees (build contexts, deps of local resources, the chart); and by name, because they may come and go, the
    configuration files, `more` files and the trees themselves."""
    tiltfile, tiltignore = environment.tiltfile, environment.tiltignore
    everywhere, configuration = ignore.for_events(tiltfile, tiltignore), ignore.for_configuration(tiltfile)
    images = environment.images.values()
    trees: list[Tree] = [(image.context, ignore.for_image(image, tiltfile, tiltignore)) for image in images]
    deps = [dep for resource in environment.resources for dep in getattr(resource, "deps", ())]
    trees += [(dep, everywhere) for dep in deps]
    trees += [(file, configuration) for file in (*environment.config_files, *more) if file.is_dir()]
    inside = [tree for tree, _ in trees if tiltfile.parent in tree.parents]
    return trees, [*environment.config_files, *more, *inside]


def _refs(resource: Resource) -> tuple[str, ...]:
    return resource.images if isinstance(resource, K8sResource) else ()
