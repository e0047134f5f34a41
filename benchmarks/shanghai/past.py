"""Two years of acts in the trail and of finished work, written by the database itself."""

from django.db import connection, transaction

from themes.services.watching import WATCH

CHUNK = 100_000

_JOBS = """
INSERT INTO jobs_job (kind, payload, dedupe_key, state, due_at, attempts, max_attempts, lease_token, elements, pending,
    failures, last_error, object_type, object_key, created_by_id, created_at, finished_at)
SELECT %(kind)s, jsonb_build_object('codes', jsonb_build_array(code)), '', state, at, attempts, 5, '',
    jsonb_build_array(code), CASE state WHEN 'parked' THEN jsonb_build_array(code) ELSE '[]' END,
    CASE state WHEN 'parked' THEN jsonb_build_object(code, '登记信息暂时无法读取') ELSE '{}' END,
    CASE state WHEN 'parked' THEN '登记信息暂时无法读取' ELSE '' END,
    'themes.theme', code, person, at, at + interval '20 seconds'
FROM (
    SELECT code, now() - (%(jobs)s - n) * interval '3 hours' AS at,
        CASE WHEN n %% 100 = 7 THEN 'parked' WHEN n %% 50 = 3 THEN 'cancelled' ELSE 'done' END AS state,
        CASE WHEN n %% 100 = 7 THEN 5 ELSE 1 END AS attempts,
        CASE WHEN n %% 5 = 0 THEN (SELECT min(id) FROM accounts_user WHERE username = 'operator') END AS person
    FROM generate_series(1, %(jobs)s) n
    JOIN (
        SELECT row_number() OVER (ORDER BY code) - 1 AS place, count(*) OVER () AS themes, code FROM release_subject
    ) s ON s.place = n %% s.themes
    ORDER BY n
) work
"""

# What people act upon, each with what they do to it; logging in is what they do most.
_ENTRIES = """
WITH things AS (
    SELECT row_number() OVER (ORDER BY kind, key) AS place, things.* FROM (
        SELECT 'accounts.user' AS kind, u.id::text AS key, u.name AS label, coalesce(d.code, '') AS division,
               ARRAY['user.logged_in', 'user.logged_in', 'user.logged_out', 'user.password_changed'] AS actions
        FROM accounts_user u LEFT JOIN organizations_division d ON d.id = u.division_id
      UNION ALL
        SELECT 'catalog.serviceitem', i.id::text, i.name, coalesce(d.code, '310000'), ARRAY['item.changed']
        FROM catalog_serviceitem i LEFT JOIN organizations_department b ON b.id = i.department_id
        LEFT JOIN organizations_division d ON d.id = b.division_id
      UNION ALL
        SELECT 'organizations.department', b.id::text, b.name, d.code, ARRAY['department.changed']
        FROM organizations_department b JOIN organizations_division d ON d.id = b.division_id
      UNION ALL
        SELECT 'catalog.servicepoint', p.id::text, p.name, d.code, ARRAY['service_point.changed']
        FROM catalog_servicepoint p JOIN organizations_division d ON d.id = p.division_id
      UNION ALL
        SELECT 'release.subject', s.code, s.title, d.code,
               ARRAY['theme.edited', 'theme.edited', 'theme.submitted', 'theme.approved', 'theme.released']
        FROM release_subject s JOIN organizations_division d ON d.path LIKE '/310000/______/' OR d.code = '310000'
        WHERE s.kind = 'theme'
    ) things
), people AS (
    SELECT row_number() OVER (ORDER BY id) AS place, id, name FROM accounts_user
), drawn AS (
    SELECT n, (random() * ((SELECT count(*) FROM things) - 1))::int + 1 AS thing,
        (random() * ((SELECT count(*) FROM people) - 1))::int + 1 AS person, random() AS luck
    FROM generate_series(%(first)s, %(last)s) n
)
INSERT INTO audit_auditentry (at, actor_id, actor_name, action, object_type, object_key, object_label, division_code,
    reason, before, after, facts, channel, request_id)
SELECT now() - (%(entries)s - n) * interval '63 seconds', people.id, people.name, act, things.kind, things.key,
    things.label, things.division,
    CASE WHEN act LIKE 'theme.%%' THEN '按工作安排办理' ELSE '' END,
    CASE WHEN act LIKE '%%.changed' THEN jsonb_build_object('/name', '旧' || things.label) END,
    CASE WHEN act LIKE '%%.changed' THEN jsonb_build_object('/name', things.label) END,
    CASE WHEN act LIKE '%%.changed' THEN jsonb_build_object('revision', n %% 90) ELSE '{}' END,
    (ARRAY['page', 'admin', 'api'])[1 + n %% 3], md5(n::text)
FROM drawn
JOIN people ON people.place = drawn.person
JOIN things ON things.place = drawn.thing
CROSS JOIN LATERAL (SELECT things.actions[1 + floor(luck * array_length(things.actions, 1))::int] AS act) chosen
ORDER BY n
"""


def build_work(count: int) -> int:
    """So many pieces of work are done, some called off or given up."""
    with connection.cursor() as cursor:
        cursor.execute(_JOBS, {"jobs": count, "kind": WATCH})
        return int(cursor.rowcount)


def build_trail(seed: int, count: int) -> int:
    """So many acts stand in the trail, the newest a minute ago, identifiers in the order of their times."""
    written = 0
    for first in range(1, count + 1, CHUNK):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SELECT setseed(%s)", [(seed + first) % 1000 / 1000])
            bounds = {"first": first, "last": min(first + CHUNK - 1, count), "entries": count}
            cursor.execute(_ENTRIES, bounds)
            written += cursor.rowcount
    return written
