"""deciding: the rules that a decision on a request is held against (`decision.judge`)."""

from __future__ import annotations

from iup.problems import Rule, Severity

RULES = (
    SOURCE := Rule(
        "beslut-källa",
        Severity.FAULT,
        "beslutet gäller inte de handlingar som begäran gäller",
        "Varje termin som begäran gäller ska finnas i beslutet precis en gång, med den version av elevens arkiv som "
        "har granskats. Har något arkiverats sedan dess måste granskningen göras om för den terminen.",
        "börja om granskningen med build.py disclose review N --again",
    ),
    STRANGER := Rule(
        "beslut-okänt-ställe",
        Severity.FAULT,
        "stället finns inte i handlingen",
        "Ett ställe har en bestämd nyckel, som build.py disclose review skriver in. En felstavad nyckel skulle göra "
        "att det man ville maskera ändå lämnades ut.",
        "rätta nyckeln, eller ta bort raden",
    ),
    UNDECIDED := Rule(
        "beslut-saknas",
        Severity.FAULT,
        "det är inte beslutat om stället ska lämnas ut eller maskeras",
        "Allt i handlingen ska prövas av en människa. Det som inte är prövat lämnas varken ut eller maskeras av sig "
        "självt.",
        "skriv val: behåll, maskera eller maskera delar",
    ),
    GROUND := Rule(
        "beslut-grund",
        Severity.FAULT,
        "grunden finns inte i policies/disclosure.yaml",
        "Bara det som någon grund i lagen skyddar får maskeras. Grunderna står i policies/disclosure.yaml, med sin "
        "paragraf och sin skadeprövning. En grund som bara gäller hela begäran går inte att maskera ett ställe med.",
        "välj en av grunderna; skyddar ingen av dem uppgiften ska den lämnas ut",
    ),
    HARM := Rule(
        "beslut-prövning",
        Severity.FAULT,
        "svaret på skadeprövningen säger att uppgiften ska lämnas ut",
        "Varje grund har en fråga. Med ett rakt skaderekvisit är uppgiften hemlig bara om svaret är ja, med ett omvänt "
        "bara om svaret är nej. Är svaret ett annat finns ingen sekretess, och uppgiften ska lämnas ut.",
        "läs frågan i policies/disclosure.yaml en gång till; annars val: behåll",
    ),
    SHAPE := Rule(
        "beslut-val",
        Severity.FAULT,
        "valet och maskeringarna på stället går inte ihop",
        "Valet behåll har inga maskeringar, maskera har precis en utan text, och maskera delar en eller flera som var "
        "och en citerar det som ska bort. Namn, klass, skola, ämnen, nivåer och roller maskeras hela eller inte alls.",
        "ändra valet eller maskeringarna",
    ),
    SPAN := Rule(
        "beslut-citat",
        Severity.FAULT,
        "det som maskeringen citerar står inte på stället",
        "Citatet ska stå som i handlingen, med samma bokstäver; radbrytningar och mellanslag spelar ingen roll. Ett "
        "citat som inte stämmer maskerar ingenting.",
        "kopiera orden ur handlingen",
    ),
    PROPOSAL := Rule(
        "beslut-förslag",
        Severity.FAULT,
        "ett förslag på stället är varken maskerat eller avfärdat",
        "Programmet pekar ut sådant som någon bör se på: namn, nummer, adresser, talande ämnen, ord om hälsa. Varje "
        "förslag avgörs av en människa. Meddelandet säger vilket det är.",
        "maskera det, eller skriv förslagets namn under granskat",
    ),
    REASON := Rule(
        "beslut-skäl",
        Severity.FAULT,
        "skälet nämner det som maskeras",
        "Skälen skrivs ut i beslutet, som den som begärde handlingen får. De ska gå att förstå utan att det som hålls "
        "hemligt står i dem.",
        "skriv om skälet utan de orden",
    ),
    REFUSAL := Rule(
        "beslut-avslag",
        Severity.FAULT,
        "det finns ingenting att lämna ut, men begäran är inte avslagen",
        "Finns ingen handling att lämna ut är svaret ett avslag, med en grund, ett skäl och hur det överklagas. Att "
        "bara tiga är inte ett beslut.",
        "skriv avslag: med grund, prövning och skäl",
    ),
)
