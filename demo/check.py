"""Checks the demo shop, and renders it for a look without the service.

    python demo/check.py             every page renders, every link resolves
    python demo/check.py FOLDER      the same, and writes the pages there

Needs the `minijinja` package: the engine that the service uses, in Python.
"""

import json
import pathlib
import re
import shutil
import sys

import minijinja

HERE = pathlib.Path(__file__).parent
LANGUAGES = {"en": ("ltr", "/demo"), "ar": ("rtl", "/demo/ar")}
# Addresses that the service answers itself.
OUTSIDE = {"/", "/t.js"}


def load(name):
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def shape(value, path=""):
    """The paths of all strings: what two languages must have in common."""
    if isinstance(value, dict):
        return {p for key, item in value.items() for p in shape(item, f"{path}.{key}")}
    if isinstance(value, list):
        return {p for i, item in enumerate(value) for p in shape(item, f"{path}[{i}]")}
    return {path}


def render(pages, content):
    templates = {f.name: f.read_text(encoding="utf-8") for f in (HERE / "templates").glob("*.html")}
    engine = minijinja.Environment(templates=templates, undefined_behavior="strict")
    for page in pages:
        for lang, (direction, base) in LANGUAGES.items():
            other = next(b for code, (_, b) in LANGUAGES.items() if code != lang)
            yield base + page["path"], engine.render_template(
                page["template"], lang=lang, dir=direction, base=base, path=page["path"],
                other=other + page["path"], page=page, params=page["params"], t=content[lang])


def faults(rendered, content):
    missing = shape(content["en"]) ^ shape(content["ar"])
    yield from (f"content: only one language has {path}" for path in sorted(missing))
    assets = {f"/demo/assets/{f.name}" for f in (HERE / "assets").iterdir()}
    for address, html in rendered.items():
        ids = re.findall(r'\sid="([^"]+)"', html)
        yield from (f"{address}: id {i} twice" for i in {i for i in ids if ids.count(i) > 1})
        if re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)", html):
            yield f"{address}: inline style or script, which the content security policy blocks"
        for link in re.findall(r'\s(?:href|src|action)="([^"]+)"', html):
            link = link.replace("&#x2f;", "/")
            if link.startswith(("tel:", "mailto:")):
                continue
            target, _, fragment = link.partition("#")
            target = target.partition("?")[0] or address
            if target not in rendered and target not in assets and target not in OUTSIDE:
                yield f"{address}: nothing at {link}"
            elif fragment and f'id="{fragment}"' not in rendered[target]:
                yield f"{address}: no part {link}"


def price_faults(pages, content):
    """A price is written in three places: for the till, in English and in Arabic."""
    digits = str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")
    values = {}
    for page in pages:
        params = page["params"]
        rows = params.get("products", []) + params.get("plans", []) + [params]
        for row in (r for r in rows if isinstance(r, dict) and "value" in r):
            values.setdefault(row["slug"], set()).add(row["value"])
    for slug, numbers in values.items():
        for lang, t in content.items():
            item = t["products"].get(slug) or t["pricing"]["plans"][slug]
            numbers.add(int(re.search(r"\d+", item["price"].translate(digits))[0]))
        if len(numbers) > 1:
            yield f"{slug}: prices differ: {sorted(numbers)}"


def write(folder, rendered):
    for address, html in rendered.items():
        target = folder / address.strip("/") / "index.html"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(html, encoding="utf-8")
    shutil.copytree(HERE / "assets", folder / "demo/assets", dirs_exist_ok=True)


def main():
    pages = load("pages.json")
    content = {lang: load(f"content/{lang}.json") for lang in LANGUAGES}
    rendered = dict(render(pages, content))
    found = [*faults(rendered, content), *price_faults(pages, content)]
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(rendered)} pages, {len(found)} faults")
    if len(sys.argv) > 1:
        write(pathlib.Path(sys.argv[1]), rendered)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
