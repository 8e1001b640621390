"""Katsu as a backup sees it: a connection a request, answers cached in Redis db 1, an empty database made when missing,
and a health check that reads neither."""

import json
import os
import subprocess
import sys
import time

import psycopg2
import redis

import vault
from web import end_on_signal, secret, serve

DATABASE = os.environ["POSTGRES_DATABASE"]
CACHE_SECONDS = int(os.environ["CACHE_DURATION"])
WHERE = {
    "host": os.environ["POSTGRES_HOST"],
    "port": os.environ["POSTGRES_PORT"],
    "user": os.environ["POSTGRES_USER"],
    "password": secret(os.environ["POSTGRES_PASSWORD_FILE"]),
    "connect_timeout": 5,
}
cache = redis.Redis(
    host=os.environ["REDIS_HOST"], db=1, password=secret(os.environ["REDIS_PASSWORD_FILE"]), socket_timeout=5
)


def connect(database):
    connection = psycopg2.connect(dbname=database, **WHERE)
    connection.autocommit = True
    return connection


def query(sql):
    connection = connect(DATABASE)
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()
    finally:
        connection.close()


def database_exists():
    # The very test Katsu makes: a word of the listing, so a database called `clinical-old` counts as well.
    line = f"psql -lqt -h {WHERE['host']} -p {WHERE['port']} -U {WHERE['user']} | grep -qw {DATABASE}"
    return subprocess.run(["bash", "-c", line], env={**os.environ, "PGPASSWORD": WHERE["password"]}).returncode == 0


def wait_for_server():
    deadline = time.monotonic() + 60
    while True:
        try:
            return connect("template1").close()
        except psycopg2.OperationalError:
            if time.monotonic() > deadline:
                sys.exit("the database server does not answer")
            time.sleep(0.2)


def migrate():
    connection = connect(DATABASE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.django_migrations') IS NOT NULL")
        if not cursor.fetchone()[0]:
            for part in ("tables", "indexes"):
                with open(f"/opt/candig/schema/clinical-{part}.sql", encoding="utf-8") as file:
                    cursor.execute(file.read())
    connection.close()


def prepare():
    wait_for_server()
    if not database_exists():
        connection = connect("template1")
        connection.cursor().execute(f'CREATE DATABASE "{DATABASE}"')
        connection.close()
        print("made an empty database", flush=True)
    migrate()


def donors():
    cached = cache.get("discovery:donors")
    if cached is None:
        rows = query("SELECT program_id, count(*) FROM donor GROUP BY program_id ORDER BY program_id")
        value = [{"program_id": program, "donors_count": count} for program, count in rows]
        cache.set("discovery:donors", json.dumps(value), ex=CACHE_SECONDS)
        return 200, value
    return 200, json.loads(cached)


def service_info():
    with open("/opt/candig/katsu.py", encoding="utf-8") as file:
        file.readline()
    cache.ping()
    return 200, {"id": "katsu", "version": "stand-in"}


end_on_signal()
prepare()
serve(
    8000,
    {"/v3/discovery/donors/": donors, "/v3/service-info": service_info, "/vault-login": vault.try_login},
)
