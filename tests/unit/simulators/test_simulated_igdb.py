"""Tokens, limits and queries of the IGDB and Twitch look-alikes."""

import httpx
import pytest

pytestmark = pytest.mark.unit

GOOD = {"client_id": "good-id", "client_secret": "good-secret", "grant_type": "client_credentials"}


@pytest.fixture
async def ask(http, clock):
    """A query sent with a good token; time moves on between queries, so limits do not matter."""
    token = (await http.post("/twitch/oauth2/token", params=GOOD)).json()["access_token"]

    async def send(endpoint: str, body: str) -> httpx.Response:
        clock.now += 1
        headers = {"Client-ID": "good-id", "Authorization": f"Bearer {token}"}
        return await http.post(f"/igdb/v4/{endpoint}", headers=headers, content=body)

    return send


async def test_a_token_is_given_to_query_fields_and_to_a_form(http):
    for answer in (
        await http.post("/twitch/oauth2/token", params=GOOD),
        await http.post("/twitch/oauth2/token", data=GOOD),
    ):
        assert set(answer.json()) == {"access_token", "expires_in", "token_type"}
        assert answer.json()["token_type"] == "bearer"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"client_id": ""}, 400),
        ({"client_id": "other"}, 400),
        ({"client_secret": ""}, 400),
        ({"client_secret": "wrong"}, 403),
        ({"grant_type": "password"}, 400),
    ],
)
async def test_no_token_for_a_client_that_is_not_right(http, changes, status):
    answer = await http.post("/twitch/oauth2/token", params=GOOD | changes)
    assert answer.status_code == status
    assert set(answer.json()) == {"status", "message"}


@pytest.mark.parametrize("client", ["good-id", "other-id", ""])
@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "Bearer good-secret"])
async def test_a_query_without_the_clients_own_token_is_refused(http, client, authorization):
    headers = {"Client-ID": client, "Authorization": authorization}
    answer = await http.post("/igdb/v4/games", headers=headers, content="fields name;")
    assert answer.status_code == 401
    assert answer.json()["message"] == "Authorization Failure. Have you tried:"
    assert "Tip 3" in answer.json()


async def test_a_token_without_bearer_is_refused(http):
    token = (await http.post("/twitch/oauth2/token", params=GOOD)).json()["access_token"]
    headers = {"Client-ID": "good-id", "Authorization": token}
    assert (await http.post("/igdb/v4/games", headers=headers, content="fields name;")).status_code == 401


async def test_the_fifth_request_of_a_second_is_refused_until_the_second_is_over(http, clock):
    token = (await http.post("/twitch/oauth2/token", params=GOOD)).json()["access_token"]
    headers = {"Client-ID": "good-id", "Authorization": f"Bearer {token}"}
    statuses = [(await http.post("/igdb/v4/games", headers=headers, content="limit 1;")).status_code for _ in range(6)]
    assert statuses == [200] * 4 + [429] * 2
    clock.now = 1.0
    assert (await http.post("/igdb/v4/games", headers=headers, content="limit 1;")).status_code == 200


async def test_steam_appids_are_mapped_in_one_call_with_the_game_expanded(ask):
    body = (
        "fields uid,name,game.id,game.name,game.genres.name,game.platforms.name,game.cover.image_id,"
        "game.game_type.type;"
        ' where external_game_source = 1 & uid = ("10","20","30"); sort uid desc; limit 500;'
    )
    rows = (await ask("external_games", body)).json()
    assert [row["uid"] for row in rows] == ["20", "10"]
    assert rows[1]["game"] == {
        "id": 100,
        "name": "Ten",
        "cover": {"id": 5, "image_id": "co5"},
        "genres": [{"id": 31, "name": "Adventure"}, {"id": 32, "name": "Indie"}],
        "platforms": [{"id": 6, "name": "PC (Microsoft Windows)"}, {"id": 14, "name": "Mac"}],
        "game_type": {"id": 0, "type": "Main Game"},
    }


async def test_references_without_an_expander_are_ids_and_unset_fields_are_left_out(ask):
    rows = (await ask("games", "fields name,cover,genres,storyline; where id = 100;")).json()
    assert rows == [{"id": 100, "name": "Ten", "cover": 5, "genres": [31, 32]}]


async def test_without_fields_only_ids_come_and_a_star_means_all(ask):
    assert (await ask("games", "sort id asc;")).json() == [{"id": 100}, {"id": 101}, {"id": 102}]
    assert (await ask("games", "fields *; exclude name,platforms; where id = 101;")).json() == [
        {"id": 101, "version_parent": 100, "game_type": 3}
    ]


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("version_parent = null", [100, 102]),
        ("version_parent != null", [101]),
        ("platforms = (14,48)", [100, 102]),
        ("platforms = [6,14]", [100]),
        ("platforms = {6}", [101]),
        ("platforms = !(6)", [102]),
        ("platforms = ![6,14]", [101, 102]),
        ("platforms != (6)", [102]),
        ("platforms = 6 & version_parent = null | id = 102", [100, 102]),
        ("platforms = 6 & (version_parent = 100 | id = 102)", [101]),
        ('name ~ "TEN"', [100]),
        ('name = "Ten"*', [100, 101]),
        ('name ~ *"gold"*', [101]),
        ('name = *"ty"', [102]),
        ("rating > 81", [100]),
        ("rating >= 81.5 & rating <= 81.5", [100]),
        ("rating < 81", []),
        ("game_type != 3", [100, 102]),
        ('version_parent.name = "Ten"', [101]),
        ('genres.name = ("Indie","Puzzle")', [100]),
    ],
)
async def test_where_finds_exactly_what_it_says(ask, where, ids):
    rows = (await ask("games", f"fields name; where {where}; sort id asc;")).json()
    assert [row["id"] for row in rows] == ids


async def test_search_needs_all_words_and_paging_is_by_limit_and_offset(ask):
    assert [row["id"] for row in (await ask("games", 'search "gold TEN"; fields name;')).json()] == [101]
    assert [row["id"] for row in (await ask("games", "f name; s id desc; l 1; o 1;")).json()] == [101]


async def test_genres_platforms_and_counts_have_endpoints(ask):
    assert (await ask("platforms", "fields name; where id = 6;")).json() == [
        {"id": 6, "name": "PC (Microsoft Windows)"}
    ]
    assert (await ask("genres", 'fields name; where name = "Indie";')).json() == [{"id": 32, "name": "Indie"}]
    assert (await ask("games/count", "where platforms = 6;")).json() == {"count": 2}
    assert (await ask("nonsense", "fields name;")).status_code == 404


async def test_a_multiquery_answers_by_name(ask):
    body = """
        query games "Known" { fields name; where id = (100,102); sort id desc; };
        query games/count "How many" { where platforms = 6; };
    """
    assert (await ask("multiquery", body)).json() == [
        {"name": "Known", "result": [{"id": 102, "name": "Twenty"}, {"id": 100, "name": "Ten"}]},
        {"name": "How many", "count": 2},
    ]


@pytest.mark.parametrize(
    "body",
    [
        "fields name",
        "where id = ;",
        "where name = Ten;",
        "limit ten;",
        "fields name; nonsense 5;",
        'search "Ten"; sort name asc;',
        "fields name; where id = (1,2;",
        "fields name; @",
        "sort name upwards;",
    ],
)
async def test_a_query_that_cannot_be_read_is_answered_with_a_list_of_problems(ask, body):
    answer = await ask("games", body)
    assert answer.status_code == 400
    (problem,) = answer.json()
    assert (problem["title"], problem["status"]) == ("Syntax Error", 400)
    assert problem["cause"]


@pytest.mark.parametrize("body", ["", 'query games "A" { fields name; }; query games "A" { fields name; };'])
async def test_a_multiquery_that_cannot_be_read_is_refused(ask, body):
    assert (await ask("multiquery", body)).status_code == 400


async def test_quotes_in_a_string_are_escaped(ask):
    answer = await ask("games", r'fields name; where name = "a \"quoted\" ; name";')
    assert (answer.status_code, answer.json()) == (200, [])
