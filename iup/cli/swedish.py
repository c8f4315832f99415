"""Swedish for what the command-line library says by itself: headings of the help, and faults in what was typed."""

from __future__ import annotations

import re
from typing import Any

import typer
import typer.core
from typer._click import exceptions

Abort = typer.Abort
Exit = typer.Exit
USAGE_ERRORS = (exceptions.UsageError,)

_WORDS = (
    ("Usage: ", "Så här: "),
    ("[OPTIONS]", "[VAL]"),
    ("COMMAND [ARGS]...", "KOMMANDO …"),
    ("\nArguments:\n", "\nArgument:\n"),
    ("\nOptions:\n", "\nVal:\n"),
    ("\nCommands:\n", "\nKommandon:\n"),
    (" <path>  ", "  "),
    (" <int>  ", "  "),
    (" <str>  ", "  "),
    ("[required]", "[måste anges]"),
    ("[default: ", "[annars: "),
)


# An argument that may be left out or given several times, as the library writes it: [[ELEV]…]..., [INKORG]...
_SEVERAL = re.compile(r"\[\[?([^\W\d_-]+)\]?…?\]?\.\.\.")
_LISTED = re.compile(r"\[([^\W\d_-]+)\]…(?= )| <[\w\[\]]+>(?=  )")


_REQUIRED = re.compile(r"\{([^\W\d_-]+)\}")


def _in_swedish(option: Any) -> Any:  # noqa: ANN401  the library's own type is private
    if option is not None:
        option.help = "Visa den här hjälpen."
    return option


def _translated(text: str) -> str:
    for theirs, ours in _WORDS:
        text = text.replace(theirs, ours)
    text = _SEVERAL.sub(r"[\1 …]", text)
    text = _REQUIRED.sub(r"\1", text)
    return _LISTED.sub(lambda found: f"[{found[1]} …]" if found[1] else "", text)


def _first_sentence(text: str | None) -> str:
    """Return the first sentence of a help text, whole: the library would cut it off at the line's end."""
    return (text or "").strip().partition(". ")[0].removesuffix(".")


class Command(typer.core.TyperCommand):
    """A command whose help is in Swedish."""

    def get_help_option(self, ctx: Any) -> Any:  # noqa: ANN401, D102
        return _in_swedish(super().get_help_option(ctx))

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002, D102
        return _first_sentence(self.help)

    def get_usage(self, ctx: Any) -> str:  # noqa: ANN401, D102
        return _translated(super().get_usage(ctx))

    def get_help(self, ctx: Any) -> str:  # noqa: ANN401, D102
        return _translated(super().get_help(ctx))


class SwedishGroup(typer.core.TyperGroup):
    """A group of commands whose help is in Swedish."""

    def get_help_option(self, ctx: Any) -> Any:  # noqa: ANN401, D102
        return _in_swedish(super().get_help_option(ctx))

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002, D102
        return _first_sentence(self.help)

    def get_usage(self, ctx: Any) -> str:  # noqa: ANN401, D102
        return _translated(super().get_usage(ctx))

    def get_help(self, ctx: Any) -> str:  # noqa: ANN401, D102
        return _translated(super().get_help(ctx))


class GroupWithDefault(SwedishGroup):
    """A group where a first word that is no command is an argument of the command `show`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401, D102
        known = args and (args[0] in self.commands or args[0].startswith("-"))
        return super().resolve_command(ctx, args if known or not args else ["show", *args])


def as_text(error: exceptions.UsageError) -> str:
    """Say in Swedish what was wrong with what was typed; never repeats a value, only names of options."""
    hint = getattr(error, "param", None)
    name = "/".join(hint.opts) if hint is not None and hint.opts else ""
    match error:
        case exceptions.NoSuchOption():
            known = f" Menade du {error.possibilities[0]}?" if error.possibilities else ""
            return f"valet {error.option_name} finns inte.{known}"
        case exceptions.MissingParameter():
            return f"{name or 'något'} saknas och måste anges"
        case exceptions.BadParameter():
            return f"värdet för {name or 'valet'} går inte att använda"
        case exceptions.BadOptionUsage():
            return f"valet {error.option_name} är fel använt"
        case exceptions.NoArgsIsHelpError():
            return "kommandot är inte färdigt; ett ord till behövs"
        case _ if "No such command" in error.message:
            return "kommandot finns inte"
        case _ if "unexpected extra" in error.message:
            return "det står fler ord än kommandot tar emot"
        case _:
            return "kommandot är fel skrivet"
