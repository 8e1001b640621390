"""htsget as a backup sees it: ten connections opened at the start and never tested again, so that it answers 500 from
the moment its sessions end until it is restarted."""

import os
import queue
import sys
import time

import psycopg2

import vault
from web import end_on_signal, secret, serve

DATABASE = os.environ["POSTGRES_DATABASE"]
WHERE = {
    "host": os.environ["DB_PATH"],
    "user": os.environ["POSTGRES_USERNAME"],
    "password": secret(os.environ["POSTGRES_PASSWORD_FILE"]),
    "connect_timeout": 5,
    "application_name": "htsget",
}
POOL_SIZE = 10


def connect(database):
    connection = psycopg2.connect(dbname=database, **WHERE)
    connection.autocommit = True
    return connection


def create_and_fill():
    connection = connect("template1")
    connection.cursor().execute(f'CREATE DATABASE "{DATABASE}"')
    connection.close()
    connection = connect(DATABASE)
    for part in ("tables", "reference", "indexes"):
        with open(f"/opt/candig/schema/genomic-{part}.sql", encoding="utf-8") as file:
            connection.cursor().execute(file.read())
    connection.close()
    print("made and filled a database", flush=True)


def database_exists():
    connection = connect("template1")
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_database WHERE datname = %s)", (DATABASE,))
        exists = cursor.fetchone()[0]
    connection.close()
    return exists


def open_pool():
    deadline = time.monotonic() + 60
    while True:
        try:
            if not database_exists():
                create_and_fill()
            return [connect(DATABASE) for _ in range(POOL_SIZE)]
        except psycopg2.OperationalError:
            if time.monotonic() > deadline:
                sys.exit("the database does not answer")
            time.sleep(0.2)


end_on_signal()
pool = queue.Queue()
for opened in open_pool():
    pool.put(opened)


def no_object():
    connection = pool.get()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM drs_object WHERE id = 'none'")
            found = cursor.fetchone()[0]
    finally:
        # Back it goes, broken or not: that is what a pool without a pre-ping does.
        pool.put(connection)
    return (200, {"id": "none"}) if found else (404, {"message": "no such object"})


serve(
    3000,
    {
        "/ga4gh/drs/v1/objects/none": no_object,
        "/ga4gh/drs/v1/service-info": lambda: (200, {"id": "org.candig.htsget", "version": "stand-in"}),
        "/vault-login": vault.try_login,
    },
)
