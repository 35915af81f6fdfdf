"""Makes the site of the pages in the navigation and of all that they link to, at the addresses they have in the repository.

mkdocs calls the functions ``on_...``; mkdocs.yml names this file. A link to a folder leads to a page that shows its study
files, one to a notebook to a page with its text and figures.
"""

from __future__ import annotations

import re
from functools import partial
from os.path import normpath
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from nbconvert import MarkdownExporter

ROOT = Path(__file__).parents[2]
ASSETS = ["docs/site/iframe-worker.js", "docs/site/style.css"]
MARK_OR_CODE = re.compile(r"(^```.*?^```$)|<!-- (?:make .*?|end) -->", re.MULTILINE | re.DOTALL)
"""The marks of a page's numbers, which would end a paragraph here as they do not on GitHub; code is kept, with marks in it."""
LINK = re.compile(r"(?<=\]\()[^)\s#:]+(?=[#)])")
FROM_THE_WEB = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\bsrc=["']?(?:https?:)?//"""
    r"""|<link\b[^>]*\bstylesheet\b[^>]*//|@import|url\(["']?(?:https?:)?//"""
)


def on_config(config: MkDocsConfig) -> None:
    """Replaces each path with a ``*`` in the navigation by the pages that it means, under the names of their folders."""
    config.nav = expanded(config.nav)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The site's files: not those of docs/ alone."""
    for file in [file for file in files if file.src_dir == config.docs_dir]:
        files.remove(file)
    for address, content in reachable([*ASSETS, *paths(config.nav)]).items():
        if isinstance(content, Path):
            files.append(File.generated(config, address, abs_src_path=str(content)))
        else:
            files.append(File.generated(config, address, content=content))
    return files


def on_post_build(config: MkDocsConfig) -> None:
    """Refuses a site of which a browser would fetch a part from elsewhere."""
    site = Path(config.site_dir)
    for path in (path for ending in ("html", "css") for path in site.rglob(f"*.{ending}")):
        if found := FROM_THE_WEB.search(path.read_text()):
            raise PluginError(f"{path.relative_to(site)} would fetch something from the web: {found[0]}")


def expanded(entry: Any) -> Any:
    """The navigation, or a part of it, by the addresses of pages in the site."""
    if isinstance(entry, dict):
        return {title: expanded(below) for title, below in entry.items()}
    if isinstance(entry, list):
        return [expanded(below) for below in entry]
    if "*" in entry:
        return [{path.parent.name: str(path.relative_to(ROOT))} for path in sorted(ROOT.glob(entry))]
    return page_of(Path(), entry)


def paths(entry: Any) -> list[str]:
    """The pages that the navigation, or a part of it, names."""
    if isinstance(entry, str):
        return [entry]
    return [path for below in (entry.values() if isinstance(entry, dict) else entry) for path in paths(below)]


def reachable(start: list[str]) -> dict[str, str | bytes | Path]:
    """These files of the repository and those they lead to, by their addresses in the site: pages as text, others as files."""
    found: dict[str, str | bytes | Path] = {}
    seen, waiting = set[str](), [*start]
    while waiting:
        if (path := waiting.pop()) in seen:
            continue
        seen.add(path)
        for address, content in site_files(path).items():
            found[address] = content
            if isinstance(content, str):
                folder = Path(address).parent
                waiting += [normpath(folder / link) for link in LINK.findall(content)]
                found[address] = LINK.sub(partial(linked_page, folder), content)
    return found


def site_files(path: str) -> dict[str, str | bytes | Path]:
    """What a file or folder of the repository is in the site; nothing where it is absent, which mkdocs then warns of."""
    source = ROOT / path
    if source.is_dir():
        page = source / "README.md"
        return {f"{path}/README.md": without_marks(page.read_text()) if page.is_file() else study_files(source)}
    if (notebook := source.with_suffix(".ipynb")).is_file() and source.suffix in (".ipynb", ".md"):
        text, made = MarkdownExporter(exclude_input=True).from_filename(str(notebook))
        text = text.replace('<table border="1" class="dataframe">', "<table>")  # to be styled as others are
        said = f"\n\n*Made by `{notebook.relative_to(ROOT)}`, which has the code too.*\n"
        pictures = {f"{Path(path).parent}/{name}": content for name, content in made["outputs"].items()}
        return {str(Path(path).with_suffix(".md")): text + said, **pictures}
    if source.suffix == ".md" and source.is_file():
        return {path: without_marks(source.read_text())}
    return {path: source} if source.is_file() else {}


def without_marks(text: str) -> str:
    """A page without the marks of its numbers."""
    return MARK_OR_CODE.sub(lambda found: found[1] or "", text)


def linked_page(folder: Path, link: re.Match[str]) -> str:
    """What ``page_of`` says of a link that is found in a page."""
    return page_of(folder, link[0])


def page_of(folder: Path, link: str) -> str:
    """A link in a page of this folder, as the site has it."""
    if (ROOT / folder / link).is_dir():
        return f"{link.rstrip('/')}/README.md"
    return re.sub(r"\.ipynb$", ".md", link)


def study_files(folder: Path) -> str:
    """A page that shows the study files in the folder."""
    shown = [f"# {folder.name}/"]
    for path in sorted(folder.rglob("*.toml")):
        shown += [f"## {path.relative_to(folder)}", f"```toml\n{path.read_text()}```"]
    return "\n\n".join(shown) + "\n"
