"""Reviews in German, French, Spanish and Brazilian Portuguese: talk without facts, and facts by signal and topic."""

from steampulse_dagster.simulators.seeded.tongue import Tongue

_F, _P = "gameplay_friction", "design_praise"

WESTERN: dict[str, Tongue] = {
    "german": Tongue(
        up=(
            "[tolles|super|klasse] Spiel",
            "[klare|absolute] Empfehlung",
            "[macht|hat] richtig Laune",
            "Daumen hoch",
            "kaufen!",
        ),
        down=(
            "[schade|sehr schade] ums Geld",
            "[leider nein|Finger weg]",
            "[bin enttäuscht|enttäuschend]",
            "nicht mein Fall",
        ),
        talk=(
            "[habe es|hab's] [im Sale|zum Geburtstag] bekommen",
            "[mein Kumpel|meine Freundin] hat mich überredet",
            "mehr schreibe ich [später|morgen]",
            "so, jetzt erst mal [Kaffee|ins Bett]",
            "mal sehen, was noch kommt",
        ),
        facts={
            (_F, "crashes"): (
                "[stürzt|stürzt bei mir] [ständig|alle zehn Minuten] ab",
                "[dauernd|nur] Abstürze zum Desktop",
            ),
            (_F, "performance"): (
                "[ruckelt|es ruckelt] [ohne Ende|selbst auf niedrig]",
                "die Performance ist [unterirdisch|eine Frechheit]",
            ),
            (_F, "grind"): ("[viel|einfach] zu viel Gegrinde", "man [farmt|sammelt] stundenlang dasselbe"),
            (_F, "servers"): ("die Server sind [jeden Abend|ständig] weg", "[dauernd|andauernd] Verbindungsabbrüche"),
            (_P, "story"): (
                "die [Geschichte|Story] ist [wunderschön|richtig gut] geschrieben",
                "[selten|lange nicht] so eine gute Geschichte erlebt",
            ),
            (_P, "art_style"): ("die Grafik ist [ein Traum|wunderschön]", "[optisch|vom Stil her] eine Wucht"),
            (_P, "audio"): (
                "der Soundtrack ist [genial|der Hammer]",
                "die Musik [trägt alles|läuft bei mir rauf und runter]",
            ),
            (_P, "multiplayer"): (
                "im Koop [ein Riesenspaß|unschlagbar]",
                "mit [Freunden|drei Leuten] [unfassbar lustig|genial]",
            ),
            (_P, "gameplay_loop"): (
                "das Spielprinzip [macht süchtig|zündet sofort]",
                "der Ablauf ist [motivierend|einfach stimmig]",
            ),
        },
    ),
    "french": Tongue(
        up=(
            "[très bon|excellent|super] jeu",
            "je [recommande|conseille]",
            "[foncez|achetez-le]",
            "un vrai [plaisir|régal]",
        ),
        down=(
            "[quelle|grosse] déception",
            "[passez|à éviter]",
            "pas [pour moi|terrible]",
            "je [regrette mon achat|déconseille]",
        ),
        talk=(
            "[acheté|pris] [pendant les soldes|un soir de pluie]",
            "mon [frère|chat] [valide|rigole encore]",
            "j'y [retourne|retournerai] [demain|ce soir]",
            "voilà, [c'est dit|à vous de voir]",
            "je [modifierai|compléterai] plus tard",
        ),
        facts={
            (_F, "crashes"): (
                "le jeu [plante|crashe] [sans arrêt|toutes les dix minutes]",
                "des [plantages|crashs] [à répétition|constants]",
            ),
            (_F, "performance"): (
                "ça [rame|lag] [énormément|même en bas]",
                "[optimisation|l'optimisation est] [catastrophique|à revoir]",
            ),
            (_F, "grind"): ("[beaucoup|bien] trop répétitif", "il faut farmer [pendant des heures|sans fin]"),
            (_F, "servers"): (
                "les serveurs [tombent|sont morts] tous les soirs",
                "déconnexions [permanentes|toutes les parties]",
            ),
            (_P, "story"): ("l'histoire est [magnifique|bouleversante]", "[quelle|une] écriture [superbe|remarquable]"),
            (_P, "art_style"): (
                "les graphismes sont [sublimes|splendides]",
                "une direction artistique [à tomber|magnifique]",
            ),
            (_P, "audio"): ("la bande-son est [géniale|incroyable]", "des musiques [superbes|inoubliables]"),
            (_P, "multiplayer"): (
                "en coop c'est [génial|hilarant]",
                "[à plusieurs|entre amis] [on rit du début à la fin|c'est le pied]",
            ),
            (_P, "gameplay_loop"): (
                "le gameplay est [addictif|vraiment prenant]",
                "une boucle de jeu [parfaite|addictive]",
            ),
        },
    ),
    "spanish": Tongue(
        up=(
            "[buen|gran|excelente] juego",
            "[muy recomendable|lo recomiendo]",
            "[me encanta|me ha encantado]",
            "compra obligada",
        ),
        down=(
            "[una decepción|vaya decepción]",
            "[no lo compréis|no lo recomiendo]",
            "[qué|menuda] pena",
            "dinero tirado",
        ),
        talk=(
            "lo [pillé|compré] [en rebajas|sin saber nada]",
            "mi [primo|perro] [opina igual|me mira raro]",
            "[luego|mañana] escribo más",
            "y [hasta aquí|eso es todo]",
            "[ya veremos|el tiempo dirá]",
        ),
        facts={
            (_F, "crashes"): (
                "se [cierra|cuelga] [cada dos por tres|constantemente]",
                "[cierres|crasheos] [continuos|cada media hora]",
            ),
            (_F, "performance"): ("va [a tirones|fatal de rendimiento]", "[pésima|nula] optimización"),
            (_F, "grind"): ("[demasiado|muchísimo] farmeo", "[repetitivo|se hace repetitivo] a las [pocas|diez] horas"),
            (_F, "servers"): (
                "los servidores [se caen|van mal] [a diario|cada noche]",
                "[desconexiones|me echa] en cada partida",
            ),
            (_P, "story"): ("la historia es [preciosa|una maravilla]", "[qué|un] guion [tan bueno|magnífico]"),
            (_P, "art_style"): (
                "los gráficos son [preciosos|una pasada]",
                "[visualmente|el apartado artístico es] [espectacular|una joya]",
            ),
            (_P, "audio"): (
                "la banda sonora es [brutal|increíble]",
                "la música [pone los pelos de punta|es una delicia]",
            ),
            (_P, "multiplayer"): (
                "en cooperativo [es la leche|gana muchísimo]",
                "con amigos [te partes de risa|es lo mejor]",
            ),
            (_P, "gameplay_loop"): (
                "[engancha|la jugabilidad engancha] [muchísimo|desde el minuto uno]",
                "un bucle jugable [adictivo|redondo]",
            ),
        },
    ),
    "brazilian": Tongue(
        up=(
            "[jogo|jogão] [top|incrível|bom demais]",
            "[recomendo|super recomendo]",
            "[amei|adorei]",
            "pode comprar [sem medo|tranquilo]",
        ),
        down=(
            "[muito|bem] ruim",
            "[não recomendo|não compre]",
            "[decepcionante|que decepção]",
            "[péssimo|fraco demais]",
        ),
        talk=(
            "[comprei|peguei] na promoção",
            "minha [mãe|namorada] [acha que sou doido|joga mais que eu]",
            "depois [edito|escrevo mais]",
            "[bora|agora bora] dormir",
            "kkkkk [socorro|é isso]",
        ),
        facts={
            (_F, "crashes"): (
                "o jogo [fecha sozinho|crasha] [toda hora|direto]",
                "[crash|crashes] [atrás de crash|o tempo todo]",
            ),
            (_F, "performance"): (
                "[trava|roda travando] [demais|até no mínimo]",
                "[otimização|a otimização é] [péssima|um lixo]",
            ),
            (_F, "grind"): (
                "[muito|grind] [repetitivo|infinito e chato]",
                "tem que [farmar|repetir] [horas e horas|tudo de novo]",
            ),
            (_F, "servers"): (
                "servidor [cai|caindo] [toda noite|direto]",
                "[desconecta|me derruba] [toda partida|sempre]",
            ),
            (_P, "story"): ("a história é [linda|emocionante]", "[chorei|me emocionei] com a história"),
            (_P, "art_style"): (
                "os gráficos são [lindos|maravilhosos]",
                "[visual|arte] [de cair o queixo|linda demais]",
            ),
            (_P, "audio"): ("a trilha sonora é [absurda|perfeita]", "[que|uma] trilha [maravilhosa|sensacional]"),
            (_P, "multiplayer"): (
                "com os amigos é [diversão garantida|bom demais]",
                "o coop é [sensacional|muito divertido]",
            ),
            (_P, "gameplay_loop"): (
                "a gameplay é [viciante|muito gostosa]",
                "[vicia|gameplay que vicia] [demais|rapidinho]",
            ),
        },
    ),
}
