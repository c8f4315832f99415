"""The rules that name why a file cannot be read as it was meant: one for each mistake that people make by hand.

The parser has one word for nearly all of them, and often the wrong line. `yaml_diagnosis` finds which it is.
"""

from __future__ import annotations

import re

from iup.problems import Rule, Severity

_BLOCK = "skriv texten i ett block: nyckeln, kolon och ett lodrätt streck, och texten indragen på raden under"

# A line that git leaves where two edits met, also inside a text.
MARKER = re.compile(r"^[ \t]*(?:<{7}|>{7}|\|{7})(?: |$)", re.MULTILINE)

RULES = (
    TAB := Rule(
        "yaml-tabb",
        Severity.FAULT,
        "här står en tabb; indrag görs med mellanslag",
        "En tabb är olika bred i olika program, och därför räknas indrag bara i mellanslag. Tabben följer ofta med när "
        "man klistrar in, eller när redigeraren inte är inställd på mellanslag.",
        "ta bort tabben och skriv mellanslag i stället, lika många som på raderna intill",
    ),
    HARD_SPACE := Rule(
        "yaml-hårt-mellanslag",
        Severity.FAULT,
        "här står ett hårt mellanslag, som Word och webbsidor skriver, i stället för ett vanligt",
        "Ett hårt mellanslag ser ut som ett vanligt men räknas som en bokstav. Inne i en text får det stå. Som indrag, "
        "efter ett kolon eller runt ett värde gör det att raden inte går att läsa.",
        "ta bort mellanslaget och skriv det på nytt med mellanslagstangenten",
    ),
    NO_SPACE := Rule(
        "yaml-kolon-mellanslag",
        Severity.FAULT,
        "mellanslag saknas efter kolonet",
        "Efter nyckelns kolon står ett mellanslag före värdet, annars räknas alltihop som en enda text. Det gäller på "
        "varje rad med nyckel och värde.",
        "skriv ett mellanslag efter kolonet",
    ),
    SPACE_BEFORE := Rule(
        "yaml-mellanslag-före-kolon",
        Severity.WARNING,
        "mellanslag före kolonet",
        "Kolonet står direkt efter nyckeln, och mellanslaget efter det. Raden går att läsa ändå, men programmet kan "
        "inte ändra i filen utan att skriva om den.",
        "ta bort mellanslaget före kolonet",
    ),
    OTHER_COLON := Rule(
        "yaml-annat-kolon",
        Severity.FAULT,
        "kolonet är ett tecken av annat slag, som bara ser ut som ett kolon",
        "Det finns flera tecken som liknar ett kolon, till exempel ett brett kolon (U+FF1A) från andra tangentbord. "
        "Bara det vanliga kolonet skiljer nyckel från värde.",
        "skriv ett vanligt kolon och ett mellanslag efter nyckeln",
    ),
    NO_COLON := Rule(
        "yaml-kolon-saknas",
        Severity.FAULT,
        "kolon saknas efter nyckeln",
        "Mellan nyckel och värde står ett kolon och ett mellanslag. Inget annat tecken kan stå i kolonets ställe.",
        "skriv ett kolon och ett mellanslag efter nyckeln",
    ),
    COLON_IN_TEXT := Rule(
        "yaml-kolon-i-text",
        Severity.FAULT,
        "texten på raden har ett kolon i sig, och då läses ordet före det som en nyckel",
        "Ett kolon med mellanslag efter betyder att en nyckel tar slut. I ett block, under ett lodrätt streck, får en "
        "text ha vilka tecken som helst.",
        _BLOCK,
    ),
    SIGN := Rule(
        "yaml-första-tecken",
        Severity.FAULT,
        "texten börjar med ett tecken som betyder något annat först på en rad",
        "Tecknen * & % @ ` ! [ ] { } | > , ? - och # betyder något särskilt när en text på nyckelns rad börjar med "
        "dem. I ett block, under ett lodrätt streck, får en text börja hur som helst.",
        _BLOCK,
    ),
    QUOTE_OPEN := Rule(
        "yaml-citat-öppet",
        Severity.FAULT,
        "citattecknet som texten börjar med stängs aldrig",
        "Börjar en text på nyckelns rad med citattecken måste den också sluta med samma tecken. Annars räknas raderna "
        "som följer till texten.",
        f"stäng citattecknet, eller {_BLOCK}",
    ),
    QUOTE_AFTER := Rule(
        "yaml-citat-efter",
        Severity.FAULT,
        "det står text efter citattecknet som stänger",
        "Börjar en text på nyckelns rad med citattecken slutar den vid nästa citattecken av samma slag. Det som står "
        "efter kan då inte läsas.",
        _BLOCK,
    ),
    SMART_QUOTES := Rule(
        "yaml-typografiska-citattecken",
        Severity.FAULT,
        "citattecknet är typografiskt, som i Word, och räknas som en bokstav",
        "Bara raka citattecken (\" eller ') omger ett värde. Typografiska får stå i en text, men de skyddar den inte "
        "och hör inte hemma runt ett id, ett datum eller en nyckel.",
        "ta bort citattecknen, eller skriv raka",
    ),
    BAR := Rule(
        "yaml-lodrätt-streck",
        Severity.FAULT,
        "texten står på samma rad som tecknet som inleder ett block",
        "Efter det lodräta strecket (eller >) står ingenting mer på raden. Texten börjar på raden under, indragen.",
        "flytta texten till raden under, två mellanslag längre in än nyckeln",
    ),
    INDENT := Rule(
        "yaml-indrag",
        Severity.FAULT,
        "raden har fel indrag",
        "Indraget säger vad en rad hör till. Nycklar som hör ihop har precis samma indrag, och så har strecken i en "
        "lista. En rad som är indragen för långt räknas till raden ovanför.",
        "ge raden samma indrag som de rader den hör ihop med",
    ),
    TEXT_INDENT := Rule(
        "yaml-text-indrag",
        Severity.FAULT,
        "raden hör till texten ovanför men är mindre indragen än den",
        "Alla rader i ett block är indragna minst lika långt som blockets första rad. En rad som är mindre indragen "
        "räknas inte till texten.",
        "dra in raden lika långt som textens första rad",
    ),
    LOOSE := Rule(
        "yaml-lös-rad",
        Severity.FAULT,
        "här väntades en nyckel med kolon, men raden har ingen",
        "Utanför ett block är varje rad en nyckel med kolon, eller en post i en lista som börjar med bindestreck. En "
        "text som hamnat utanför sitt block har ingen plats.",
        "dra in raden till texten som den hör till, eller ta bort den",
    ),
    DASH := Rule(
        "yaml-bindestreck",
        Severity.FAULT,
        "strecket som inleder en post ska vara ett bindestreck med mellanslag efter",
        "Varje post i en lista börjar med ett vanligt bindestreck och ett mellanslag. Tankstreck och punkter, som Word "
        "gärna byter till, räknas som text.",
        "skriv ett bindestreck och ett mellanslag",
    ),
    BRACKET := Rule(
        "yaml-klammer",
        Severity.FAULT,
        "klammern stängs aldrig",
        "En lista på en rad börjar med [ och slutar med ]. Stängs den inte räknas raderna som följer till listan.",
        "stäng klammern på samma rad",
    ),
    MARKERS := Rule(
        "yaml-sammanslagning",
        Severity.FAULT,
        "här står ett märke från en sammanslagning som inte är klar",
        "När två har ändrat på samma ställe skriver git båda versionerna i filen, mellan raderna <<<<<<<, ======= och "
        ">>>>>>>. Märkena ska bort innan filen används, också när de hamnat inne i en text.",
        "välj mellan versionerna, och ta bort raderna med märkena",
    ),
    DOCUMENT := Rule(
        "yaml-tre-streck",
        Severity.FAULT,
        "tre streck eller tre punkter längst till vänster delar filen i två",
        "En rad som börjar med --- eller ... betyder att en ny fil börjar. En plan är en enda fil.",
        "ta bort raden, eller dra in den om den hör till en text",
    ),
    BROKEN := Rule(
        "trasiga-tecken",
        Severity.WARNING,
        "här står trasiga tecken",
        "Så blir det när en text har sparats i en teckenkod och lästs i en annan, eller när ett tecken inte gick att "
        "läsa alls. Tecknen skulle stå likadant i dokumentet som hemmet får.",
        "skriv om ordet för hand, och spara filen som UTF-8",
    ),
)
