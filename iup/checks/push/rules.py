"""The rules that a push must follow, besides those about single changes (`policy.change_rights`)."""

from __future__ import annotations

import re
from dataclasses import replace

from iup.problems import Finding, Rule, Severity
from iup.text.encodings import composed
from iup.text.names import words_in

RULES = (
    STRANGER := Rule(
        "okänd-avsändare",
        Severity.FAULT,
        "förrådet vet inte vem ändringen kommer från",
        "Servern säger vilket konto som skickar, och content/roster.yaml säger vems kontot är. Den som inte står där "
        "kan inte skicka. Där servern inte går i god för någon ska varje incheckning vara underskriven med en "
        "OpenPGP-nyckel som hör till någon i content/roster.yaml.",
        "be expeditionen skriva in kontot i content/roster.yaml, eller skriv under med git commit -S",
    ),
    FORGED := Rule(
        "incheckad-av-annan",
        Severity.FAULT,
        "incheckningens namnrader är inte den persons som skickar eller har skrivit under",
        "Varje incheckning säger vem som har skrivit den (author) och vem som har checkat in den (committer). Båda ska "
        "ha en e-postadress som content/roster.yaml har för den som servern eller underskriften säger att det är.",
        "sätt din adress med git config user.email och gör om incheckningen: git commit --amend --reset-author",
    ),
    SIGNATURE := Rule(
        "underskrift",
        Severity.FAULT,
        "underskriften duger inte",
        "En underskrift ska vara gjord med en nyckel som ligger i content/keys/ och hör till någon i "
        "content/roster.yaml, och nyckeln ska gälla när förrådet tar emot. Vilken tid incheckningen själv uppger "
        "spelar ingen roll.",
        "skriv under på nytt med rätt nyckel: git commit --amend --reset-author -S",
    ),
    REPLY_FORM := Rule(
        "svar-rader",
        Severity.FAULT,
        "raderna om svaret är inte som build.py receive skriver dem",
        "Ett svar från hemmet förs in av build.py receive, som skriver Svar-Id, Svar-Avsändare, Svar-Kanal, "
        "Svar-Mottagare, Svar-Dag och Svar-Underskrift sist i meddelandet, en gång var. Mottagaren är den som för in "
        "svaret. En rättelse av en fastställd plan har på samma sätt rader som börjar med Rättelse. Inget annat "
        "meddelande har rader som liknar dem.",
        "för in svaret med build.py receive i stället för att skriva raderna för hand",
    ),
    REPLY_SCOPE := Rule(
        "svar-omfång",
        Severity.FAULT,
        "ett svar kan inte ändra det här",
        "Ett infört svar ändrar en enda elevs plan och mål, i de platser där avsändaren får skriva. Det rör aldrig "
        "barn, läge, mall, kommentarsrader eller någon annan fil, och tar inte bort något.",
        "för in svaret på nytt med build.py receive, och gör annat i en egen incheckning",
    ),
    UNSIGNED := Rule(
        "kontorets-underskrift",
        Severity.FAULT,
        "kontoret har inte skrivit under det här",
        "Att orden är avsändarens säger kontorets underskrift. Den gäller precis de ändringar som kontoret förde in, "
        "för den eleven, den dagen, och bara där det står som det gjorde då. Nyckeln ska stå i content/office/ på "
        "main innan något skickas.",
        "står nyckeln där? annars: kontoret kör keys publish-signing och skickar den först; hjälper inte det, för in "
        "svaret på nytt med build.py receive",
    ),
    REPLAYED := Rule(
        "redan-infört",
        Severity.FAULT,
        "det här svaret eller den här rättelsen är redan införd en gång",
        "Ett svar förs in en gång. Har det som stod i det ändrats sedan dess är det den senare texten som gäller.",
        "ta bort incheckningen: git pull --rebase",
    ),
    CARRIER := Rule(
        "svar-mottagare",
        Severity.FAULT,
        "den som för in svaret får inte ta emot svar för eleven",
        "Ett svar från hemmet är avsändarens ord, och den som för in det svarar för att de är det. Vem som får göra "
        "det står i policies/access.yaml (svar).",
        "lämna svaret till mentorn eller expeditionen",
    ),
    OFFICE_FILES := Rule(
        "kontorets-filer",
        Severity.FAULT,
        "kontorets egna filer får inte ändras så",
        "I content/office/ står vilka nycklar kontoret skriver under med. Bara kontorets personal ändrar där, vad "
        "som än står i policies/access.yaml. En ny nyckel läggs sist, underskriven av den förra; inget annat ändras "
        "än dagen då en nyckel slutar gälla.",
        "byt nyckel med build.py keys new-signing; hämta tillbaka det som är ändrat med git",
    ),
    REWOUND := Rule(
        "historik-omskriven",
        Severity.FAULT,
        "det som redan är skickat skulle skrivas om eller försvinna",
        "Historiken i förrådet växer bara. Den som har skickat fel gör en ny incheckning som rättar.",
        "hämta först med git pull, och skicka utan --force",
    ),
    REMOVED := Rule(
        "gren-borttagen",
        Severity.FAULT,
        "grenen main tas inte bort",
        "Grenen main är skolans gällande version. Den tas aldrig bort.",
        "skicka till main i stället för att ta bort den",
    ),
    FOREIGN := Rule(
        "historik-främmande",
        Severity.FAULT,
        "incheckningen hör inte till förrådets historik",
        "En incheckning utan föregångare kommer från ett annat förråd, eller ur en historik som har gallrats. Den "
        "skulle föra tillbaka det som är borttaget.",
        "klona förrådet på nytt och gör om ändringen där",
    ),
    MANY_PARENTS := Rule(
        "sammanslagning-flera",
        Severity.FAULT,
        "incheckningen slår ihop fler än två versioner",
        "En sammanslagning prövas mot de två versioner som den slår ihop. Fler än två åt gången går inte att pröva.",
        "slå ihop två i taget",
    ),
    REF := Rule(
        "ref-namn",
        Severity.FAULT,
        "bara grenar tas emot, med namn av små bokstäver, siffror och bindestreck",
        "Förrådet tar emot grenar under refs/heads. Märken, anteckningar och annat tas inte emot, och refs/iup hör "
        "till kontoret.",
        "skicka bara din gren: git push origin main",
    ),
    NAMED := Rule(
        "namn-i-loggen",
        Severity.FAULT,
        "meddelandet eller grenens namn ser ut att innehålla en elevs namn eller ett personnummer",
        "Loggen kan bli allmän handling och följer med i varje kopia. Skriv vad som är gjort, aldrig om vem.",
        "skriv om meddelandet utan namn: git commit --amend",
    ),
    OTHERS := Rule(
        "andras-att-flytta",
        Severity.FAULT,
        "ändringen rör någon som hör till en annan skola eller till kontoret",
        "En rektor sköter den egna skolans elever och personal. En elev som står i en annan skola, eller har en plan "
        "utan att stå i någon, flyttas av kontoret. Detsamma gäller uppgifter, certifikat och konton för kontorets "
        "personal, för andra skolors rektorer och lärare och för vårdnadshavare vars barn går någon annanstans.",
        "be kontoret göra ändringen",
    ),
    LANDING := Rule(
        "införs-av-annan",
        Severity.FAULT,
        "den som för in filen i main får inte själv ändra den",
        "Skolor, personal, nycklar, konton, kommunens fil och reglerna avgör vem som får vad. En ändring i dem som har "
        "legat på en gren förs in i main av någon som själv får göra den, vem som än har skrivit den.",
        "låt någon som får ändra filen slå ihop grenen med main och skicka",
    ),
    TWO_PEOPLE := Rule(
        "två-personer",
        Severity.FAULT,
        "filen ändras av två: en skriver, en annan för in",
        "Skolans regler (två_personer i policies/access.yaml) vill att en ändring här går genom två personers händer. "
        "Den ena skriver den på en gren och skickar grenen. Den andra, som också får ändra filen, läser och för in den "
        "i main.",
        "skicka ändringen till en egen gren, och låt en annan som får ändra filen föra in den",
    ),
    UNVOUCHED := Rule(
        "gren-utan-underskrift",
        Severity.FAULT,
        "ingen går i god för att grenen flyttas eller tas bort",
        "Där bara underskrifter gäller vet förrådet vem som skickar av den underskrivna incheckning som kommer ny. En "
        "gren som tas bort, pekas på en äldre incheckning eller är någon annans kan då inte ändras.",
        "skicka en egen underskriven incheckning, eller be den som driver förrådet",
    ),
    ODD_HEADER := Rule(
        "incheckning-rader",
        Severity.FAULT,
        "incheckningen har rader eller tecken som inte får stå i den",
        "En incheckning har filerna, föregångarna, vem som har skrivit och checkat in, meddelandet och kanske en "
        "underskrift, allt i UTF-8. Andra rader läser ingen, och där kan ligga vad som helst.",
        "gör om incheckningen med git commit --amend --reset-author, utan märken och egna rader",
    ),
    UNTRIED := Rule(
        "går-inte-att-pröva",
        Severity.FAULT,
        "ändringen går inte att pröva",
        "Förrådets gällande version, eller det som skickas, saknar något som måste finnas för att rätten ska gå att "
        "pröva. Då tas inget emot.",
        "kör build.py check, och fråga den som driver systemet om det inte hjälper",
    ),
)


def on_line(rule: Rule, where: str, line: int, message: str = "") -> Finding:
    """Report a rule on a line of something that is no file: a commit, a branch."""
    return replace(rule.at(where, message=message), place=(line, 1))


BRANCH = re.compile(r"refs/heads/[a-z0-9åäö][a-z0-9åäö._/-]{0,79}")
# Keys and fixed values of pupil.yaml: they stand in every file, so that they tell nothing about a name.
KEYS = frozenset(
    {
        *("barn", "namn", "förnamn", "efternamn", "inskriven", "från", "till", "vårdnadshavare", "person", "slag"),
        *("mottagning", "sätt", "lösenfras", "openpgp", "papper", "etiketter", "lättlästa", "vanliga", "certifikat"),
        *("skrivkunnig", "skyddade", "personuppgifter", "sekretessmarkering"),
    }
)


def words(text: str) -> frozenset[str]:
    """Return the words of a message, a branch or a name, of two letters and more, and their base forms."""
    return words_in(composed(text), 2)


def names_somebody(text: str, given: str, family: str, *, loose: bool) -> bool:
    """Say whether a text names a pupil: the given name as written, or both names; `loose`: either, in any case."""
    said, first, last = words(text), words(given), words(family)
    folded = {word.casefold() for word in said}
    if loose:
        return any(word.casefold() in folded for word in (*first, *last) if len(word) > 2)  # noqa: PLR2004
    both = all(any(word.casefold() in folded for word in part) for part in (first, last))
    return bool(first & said) or both
