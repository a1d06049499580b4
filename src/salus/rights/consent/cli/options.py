"""What the commands of grants, denials and rules may be told."""

from typing import Annotated

import typer

Sections = Annotated[str, typer.Option(help="Sections, separated by commas.")]
Until = Annotated[str, typer.Option(help="The last day, such as 2027-12-31.")]
Since = Annotated[str, typer.Option("--from", help="The first day; now when left out.")]
Reader = Annotated[str, typer.Option(help="Who may read: `clinic`, `research`, an address.")]
Purpose = Annotated[str, typer.Option(help="What for.")]
Restricted = Annotated[
    bool, typer.Option(help="Also what is labeled restricted in these sections.")
]
Labels = Annotated[str, typer.Option(help="Security labels to share as well, such as `R,HIV`.")]
Reads = Annotated[int, typer.Option(min=0, help="How many reads; 0 does not count them.")]
While = Annotated[
    str,
    typer.Option(
        "--while",
        "--condition",
        help="Only while `referral:ID`, `organization:ADDRESS` or `guardians` holds.",
    ),
]
Replaces = Annotated[str, typer.Option(help="Grants that end when this one is live.")]

StartsWhen = Annotated[
    str,
    typer.Option(help="It starts when this is reported: REPORTER:NAME, as in `clinic:admitted`."),
]
EndsWhen = Annotated[str, typer.Option(help="It ends for ever when this is reported.")]
SuspendsWhen = Annotated[str, typer.Option(help="It pauses when this is reported.")]
ResumesWhen = Annotated[str, typer.Option(help="It goes on when this is reported.")]

DeniedSections = Annotated[
    str, typer.Option(help="Sections, separated by commas; every one when left out.")
]
DeniedReaders = Annotated[str, typer.Option(help="Who may not read; nobody may when left out.")]
DeniedPurposes = Annotated[
    str, typer.Option(help="What not for, such as `HRESCH,BTG`; nothing when left out.")
]
DeniedLabels = Annotated[str, typer.Option(help="Only what has these security labels.")]
OnRule = Annotated[bool, typer.Option(help="Let the approvers of these sections make and lift it.")]

Approvers = Annotated[
    str, typer.Option(help="Names or addresses, separated by commas; `patient` is one.")
]
Threshold = Annotated[int, typer.Option(help="How many of them must agree.")]
EachUse = Annotated[bool, typer.Option(help="They sign each read as well.")]
NoRule = Annotated[bool, typer.Option("--none", help="Take the sections from their rule.")]
