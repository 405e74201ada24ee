// behaviour-peers.js MODULES CSV WORK: ClickHouse and DuckDB, as npm ships them, beside
// PostgreSQL.  MODULES is the directory in which npm installed "chdb" and "@duckdb/node-api"
// (either may be missing), CSV has lines of user_id, ts (microseconds), event; WORK is an empty
// directory.  Prints "ready TAB engine TAB version" of each, then "go"; then reads lines
// "engine TAB query" and answers each with "milliseconds TAB answer" or "error TAB message".
// Both work with one thread, and their tables are on disk.
'use strict';
const fs = require('fs');
const path = require('path');
const readline = require('readline');
const { createRequire } = require('module');

const [modules, csv, work] = process.argv.slice(2);
const load = createRequire(path.join(path.resolve(modules), 'package.json'));
const say = (...fields) => fs.writeSync(1, `${fields.join('\t').replace(/\n/g, ' ')}\n`);
const engines = {};

async function clickhouse() {
  const { Session } = load('chdb');
  const session = new Session(path.join(work, 'clickhouse'));
  const run = (query) => session.query(`${query} SETTINGS max_threads = 1, max_insert_threads = 1`, 'CSV');
  session.query('CREATE DATABASE bench');
  const columns = 'user_id Int64, ts DateTime64(6), event String';
  for (const [table, order] of [['events_by_user', 'user_id, ts'], ['events_by_time', 'ts']]) {
    session.query(`CREATE TABLE bench.${table} (${columns}) ENGINE = MergeTree ORDER BY (${order})`);
    session.query(`INSERT INTO bench.${table} SELECT user_id, fromUnixTimestamp64Micro(us, 'UTC'), event
      FROM file('${csv}', 'CSV', 'user_id Int64, us Int64, event String')`);
    session.query(`OPTIMIZE TABLE bench.${table} FINAL`);
  }
  const version = session.query('SELECT version()', 'CSV').trim().replace(/"/g, '');
  engines.clickhouse = async (query) => run(query).trim().replace(/"/g, '');
  say('ready', 'clickhouse', `ClickHouse ${version}`);
}

async function duckdb() {
  const { DuckDBInstance } = load('@duckdb/node-api');
  const instance = await DuckDBInstance.create(path.join(work, 'duckdb'), { threads: '1' });
  const connection = await instance.connect();
  const rows = async (query) => (await connection.runAndReadAll(query)).getRows();
  await connection.run("SET TimeZone = 'UTC'");
  const read = `SELECT user_id, make_timestamptz(us) AS ts, event
    FROM read_csv('${csv}', columns = {'user_id': 'BIGINT', 'us': 'BIGINT', 'event': 'VARCHAR'})`;
  await connection.run(`CREATE TABLE events_by_time AS ${read}`);
  await connection.run('CREATE TABLE events_by_user AS SELECT * FROM events_by_time ORDER BY user_id, ts');
  await connection.run('CHECKPOINT');
  const [[version]] = await rows('SELECT version()');
  engines.duckdb = async (query) => (await rows(query)).map((row) => row.join(',')).join(' ');
  say('ready', 'duckdb', `DuckDB ${version}`);
}

async function main() {
  for (const engine of [clickhouse, duckdb]) {
    try {
      await engine();
    } catch (error) {
      say('missing', engine.name, String(error.message).split('\n')[0]);
    }
  }
  say('go');
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const tab = line.indexOf('\t');
    try {
      const begun = process.hrtime.bigint();
      const answer = await engines[line.slice(0, tab)](line.slice(tab + 1));
      say((Number(process.hrtime.bigint() - begun) / 1e6).toFixed(1), answer);
    } catch (error) {
      say('error', String(error.message));
    }
  }
}

main();
