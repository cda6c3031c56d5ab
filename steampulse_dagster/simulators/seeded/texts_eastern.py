"""Reviews in Russian, Polish and Turkish: talk without facts, and facts by signal and topic."""

from steampulse_dagster.simulators.seeded.tongue import Tongue

_F, _P = "gameplay_friction", "design_praise"

EASTERN: dict[str, Tongue] = {
    "russian": Tongue(
        up=(
            "[отличная|классная|шикарная] игра",
            "[рекомендую|советую всем]",
            "[мне понравилось|очень нравится]",
            "[топ|годно|лайк]",
        ),
        down=(
            "[не советую|не рекомендую]",
            "[разочарован|полное разочарование]",
            "[деньги на ветер|жалко денег]",
            "[фу|ну такое|слабо]",
        ),
        talk=(
            "[взял|купил] [по скидке|на распродаже]",
            "[кот|брат] [одобряет|смотрит и смеётся]",
            "[потом|позже] допишу",
            "[ладно|всё], пошёл [спать|пить чай]",
            "[посмотрим|поживём], что будет дальше",
        ),
        facts={
            (_F, "crashes"): ("[постоянно|каждые полчаса] вылетает", "[сплошные|бесконечные] вылеты на рабочий стол"),
            (_F, "performance"): (
                "[оптимизации нет|ужасная оптимизация]",
                "[тормозит|лагает] [даже на низких|безбожно]",
            ),
            (_F, "grind"): ("[слишком много|бесконечный] гринд", "[часами|целыми днями] фармишь одно и то же"),
            (_F, "servers"): (
                "серверы [лежат|падают] [каждый вечер|постоянно]",
                "[вечно|постоянно] выкидывает из матча",
            ),
            (_P, "story"): ("сюжет [потрясающий|затягивает]", "история [трогает до слёз|написана прекрасно]"),
            (_P, "art_style"): ("графика [красивейшая|просто сказка]", "[визуал|стиль] [шикарный|на высоте]"),
            (_P, "audio"): ("саундтрек [великолепный|бомба]", "музыка [до мурашек|слушаю отдельно]"),
            (_P, "multiplayer"): ("в коопе [очень весело|просто супер]", "с друзьями [ржём до слёз|лучшая игра]"),
            (_P, "gameplay_loop"): ("геймплей [затягивает|залипательный]", "игровой процесс [увлекательный|отличный]"),
        },
    ),
    "polish": Tongue(
        up=(
            "[świetna|super|bardzo dobra] gra",
            "[polecam|gorąco polecam]",
            "[kupować|brać w ciemno]",
            "bawię się [znakomicie|świetnie]",
        ),
        down=("[nie polecam|odradzam]", "[szkoda|wielka szkoda] pieniędzy", "[zawód|rozczarowanie]", "[słabo|kiepsko]"),
        talk=(
            "[kupiłem|dostałem] [na promocji|pod choinkę]",
            "[kot|żona] patrzy z politowaniem",
            "[potem|jutro] dopiszę",
            "no i [tyle|to by było na tyle]",
        ),
        facts={
            (_F, "crashes"): ("gra [ciągle|co chwilę] się wywala", "[wieczne|same] crashe do pulpitu"),
            (_F, "performance"): (
                "[tnie|klatkuje] [niemiłosiernie|nawet na niskich]",
                "optymalizacja [leży|to dramat]",
            ),
            (_F, "grind"): ("[za dużo|stanowczo za dużo] grindu", "[w kółko|ciągle] farmi się to samo"),
            (_P, "story"): ("fabuła jest [przepiękna|rewelacyjna]", "[wciągająca|wzruszająca] historia"),
            (_P, "art_style"): ("grafika [zachwyca|jest cudowna]", "[oprawa|styl] [prześliczna|bajka]"),
            (_P, "audio"): ("ścieżka dźwiękowa to [mistrzostwo|arcydzieło]", "muzyka [przepiękna|wpada w ucho]"),
            (_P, "multiplayer"): ("w kooperacji [bawi do łez|rewelacja]", "ze znajomymi [genialna|najlepsza]"),
            (_P, "gameplay_loop"): ("rozgrywka [wciąga jak bagno|uzależnia]", "pętla rozgrywki [świetna|daje radę]"),
        },
    ),
    "turkish": Tongue(
        up=("[güzel|harika|efsane] oyun", "[tavsiye ederim|kesin alın]", "[bayıldım|çok sevdim]", "[on numara|süper]"),
        down=(
            "[almayın|tavsiye etmem]",
            "[hayal kırıklığı|berbat]",
            "[param boşa gitti|yazık olmuş]",
            "[kötü|olmamış]",
        ),
        talk=(
            "[indirimde|maaş günü] aldım",
            "[annem|kedim] bile [sevdi|baktı]",
            "[sonra|yarın] yine yazarım",
            "[neyse|işte] bu kadar",
        ),
        facts={
            (_F, "crashes"): ("oyun [sürekli|durmadan] çöküyor", "[her|yarım saatte bir] masaüstüne atıyor"),
            (_F, "performance"): ("[çok|inanılmaz] kasıyor", "optimizasyon [rezalet|sıfır]"),
            (_F, "grind"): ("[aşırı|çok fazla] kasılma gerekiyor", "[hep|sürekli] aynı şeyi tekrar ediyorsun"),
            (_F, "servers"): ("sunucular [her akşam|sürekli] çöküyor", "[devamlı|maç ortasında] bağlantı kopuyor"),
            (_P, "story"): ("hikayesi [muhteşem|çok etkileyici]", "[senaryo|hikaye] [ağlattı|çok iyi yazılmış]"),
            (_P, "art_style"): ("grafikleri [şahane|büyüleyici]", "görselliği [harika|tablo gibi]"),
            (_P, "audio"): ("müzikleri [efsane|mükemmel]", "sesler ve müzikler [çok iyi|on numara]"),
            (_P, "multiplayer"): ("arkadaşlarla [çok eğlenceli|kahkaha garantili]", "co-op modu [harika|muazzam]"),
            (_P, "gameplay_loop"): ("oynanışı [bağımlılık yapıyor|çok akıcı]", "oynanış [sarıyor|mükemmel]"),
        },
    ),
}
