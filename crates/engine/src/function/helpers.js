// Made before a Function's code runs: `libraries`, bounds on what the interpreter cannot interrupt, and the
// writer of the result. Everything it needs later is taken here, before the code can change it.
(function (native) {
  'use strict';
  const { stringify, parse } = JSON;
  const { isArray } = Array;
  const isFinite = Number.isFinite;
  const own = (object, key) => object != null && Object.prototype.hasOwnProperty.call(object, key);
  const safe = (key) => key !== '__proto__' && key !== 'constructor' && key !== 'prototype';

  // --- Bounds: loops inside the interpreter never look at the clock, so their length is bounded instead.
  const MOST = 5000000;
  const descriptor = Object.getOwnPropertyDescriptor;
  const bounded = (list) => {
    if (list === null || list === undefined || typeof list === 'string') return;
    const length = descriptor(Object(list), 'length');
    if (length === undefined && list.length === undefined) return;
    if (length === undefined || typeof length.value !== 'number' || length.value > MOST) {
      throw new RangeError('this list has more than ' + MOST + ' items, or a length that is no plain number');
    }
  };
  const define = (object, name, value) => Object.defineProperty(object, name, { value, writable: true, configurable: true });
  const apply = Reflect.apply;
  for (const name of Object.getOwnPropertyNames(Array.prototype)) {
    const original = Array.prototype[name];
    if (typeof original !== 'function' || ['constructor', 'push', 'pop', 'keys', 'values', 'entries', 'at'].includes(name)) continue;
    define(Array.prototype, name, function (...given) {
      bounded(this);
      return apply(original, this, given);
    });
  }
  define(Array.prototype, 'concat', function (...given) {
    bounded(this);
    const result = isArray(this) ? [...this] : [this];
    for (const item of given) {
      if (!isArray(item)) result.push(item);
      else for (const inner of item) result.push(inner);
    }
    return result;
  });
  define(Array.prototype, 'flat', function (depth = 1) {
    bounded(this);
    const result = [];
    for (const item of this) {
      if (isArray(item) && depth >= 1) for (const inner of item.flat(depth - 1)) result.push(inner);
      else if (item !== undefined) result.push(item);
    }
    return result;
  });
  define(Array.prototype, 'flatMap', function (map, self) {
    return this.map(map, self).flat();
  });
  delete globalThis.Atomics;
  delete globalThis.SharedArrayBuffer;
  delete globalThis.gc;
  const silent = () => undefined;
  globalThis.console = { log: silent, info: silent, warn: silent, error: silent, debug: silent };

  // --- Dates: ISO text in UTC in and out; a Date is taken as well.
  const isoOf = (date) => {
    if (date instanceof Date) return date.toISOString();
    if (typeof date === 'number') return new Date(date).toISOString();
    return String(date);
  };
  const UNITS = { weeks: 604800000, days: 86400000, hours: 3600000, minutes: 60000, seconds: 1000, milliseconds: 1 };
  const dates = {
    parse: (text, format = '') => native.parseDate(isoOf(text), format),
    format: (date, format) => native.formatDate(isoOf(date), format),
    add: (date, amounts) => {
      let moved = native.parseDate(isoOf(date), '');
      for (const unit of Object.keys(amounts)) moved = native.addDate(moved, Number(amounts[unit]), unit);
      return moved;
    },
    diff: (from, to, unit = 'milliseconds') => {
      if (!own(UNITS, unit)) throw new Error('there is no unit `' + unit + '`; there are ' + Object.keys(UNITS).join(', '));
      const at = (date) => new Date(native.parseDate(isoOf(date), '')).getTime();
      return (at(to) - at(from)) / UNITS[unit];
    },
    startOf: (date, unit) => native.startOf(isoOf(date), unit),
  };

  const crypto = {
    hash: (name, text, form = 'hex') => native.digest(name, String(text), form),
    hmac: (name, key, text, form = 'hex') => native.hmac(name, String(key), String(text), form),
    encode: (text, form = 'base64') => native.encode(String(text), form),
    decode: (text, form = 'base64') => native.decode(String(text), form),
  };

  // --- CSV as RFC 4180 has it.
  const rows = (text, separator) => {
    const all = [];
    let row = [];
    let at = 0;
    let field = '';
    let quoted = false;
    const endRow = () => {
      row.push(field);
      field = '';
      all.push(row);
      row = [];
    };
    for (; at < text.length; at += 1) {
      const character = text[at];
      if (quoted) {
        if (character !== '"') field += character;
        else if (text[at + 1] === '"') {
          field += '"';
          at += 1;
        } else quoted = false;
      } else if (character === '"' && field === '') quoted = true;
      else if (character === separator) {
        row.push(field);
        field = '';
      } else if (character === '\n') endRow();
      else if (character !== '\r' || text[at + 1] !== '\n') field += character;
    }
    if (quoted) throw new Error('a quoted field of the CSV is not closed');
    if (field !== '' || row.length > 0) endRow();
    return all;
  };
  const cell = (value, separator) => {
    const text = value === null || value === undefined ? '' : typeof value === 'object' ? stringify(value) : String(value);
    return /["\r\n]/.test(text) || text.includes(separator) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };
  const csv = {
    parse: (text, { separator = ',', header = true } = {}) => {
      const [names, ...rest] = rows(String(text).replace(/^\uFEFF/, ''), separator);
      if (!header) return names === undefined ? [] : [names, ...rest];
      return rest.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index] ?? ''])));
    },
    stringify: (list, { separator = ',', columns } = {}) => {
      const names = columns ?? [...new Set(list.flatMap((item) => Object.keys(item)))];
      const lines = [names, ...list.map((item) => names.map((name) => (own(item, name) ? item[name] : '')))];
      return lines.map((line) => line.map((value) => cell(value, separator)).join(separator)).join('\n');
    },
  };

  const text = {
    slug: (value) =>
      String(value).normalize('NFKD').replace(/[\u0300-\u036f]/g, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, ''),
    capitalize: (value) => String(value).replace(/^./su, (first) => first.toUpperCase()),
    titleCase: (value) => String(value).toLowerCase().replace(/(^|\s)\S/gu, (first) => first.toUpperCase()),
    camelCase: (value) =>
      (String(value).match(/[\p{L}\p{N}]+/gu) ?? [])
        .map((word, index) => (index === 0 ? word.toLowerCase() : word[0].toUpperCase() + word.slice(1).toLowerCase()))
        .join(''),
    truncate: (value, length, end = '…') => {
      const characters = [...String(value)];
      return characters.length <= length ? String(value) : characters.slice(0, Math.max(0, length - [...end].length)).join('') + end;
    },
  };

  // --- Data: names as lodash has them. Keys that lead to prototypes are refused.
  const pathOf = (path) => (isArray(path) ? path.map(String) : String(path).split(/[.[\]]+/).filter((part) => part !== ''));
  const by = (how) => (typeof how === 'function' ? how : (item) => data.get(item, how));
  const plain = (value) => value !== null && typeof value === 'object' && !isArray(value) && !(value instanceof Date);
  const data = {
    get: (object, path, fallback) => {
      let value = object;
      for (const part of pathOf(path)) {
        if (!own(value, part)) return fallback;
        value = value[part];
      }
      return value === undefined ? fallback : value;
    },
    set: (object, path, value) => {
      const parts = pathOf(path);
      for (const part of parts) if (!safe(part)) throw new Error('`' + part + '` may not be set');
      const place = (old, index) => {
        if (index === parts.length) return value;
        const made = isArray(old) ? [...old] : plain(old) ? { ...old } : /^\d+$/.test(parts[index]) ? [] : {};
        made[parts[index]] = place(own(old, parts[index]) ? old[parts[index]] : undefined, index + 1);
        return made;
      };
      return place(object, 0);
    },
    merge: (...objects) => {
      const two = (left, right) => {
        if (!plain(left) || !plain(right)) return right === undefined ? left : right;
        const made = { ...left };
        for (const key of Object.keys(right)) if (safe(key)) made[key] = own(left, key) ? two(left[key], right[key]) : right[key];
        return made;
      };
      return objects.reduce(two, {});
    },
    pick: (object, keys) => Object.fromEntries(keys.filter((key) => own(object, key)).map((key) => [key, object[key]])),
    omit: (object, keys) => Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key))),
    groupBy: (list, how) => {
      const groups = new Map();
      for (const item of list) {
        const key = String(by(how)(item));
        if (groups.has(key)) groups.get(key).push(item);
        else groups.set(key, [item]);
      }
      return Object.fromEntries(groups);
    },
    keyBy: (list, how) => Object.fromEntries(list.map((item) => [String(by(how)(item)), item])),
    uniqBy: (list, how) => {
      const seen = new Set();
      return list.filter((item) => {
        const key = by(how)(item);
        return !seen.has(key) && seen.add(key);
      });
    },
    uniq: (list) => [...new Set(list)],
    chunk: (list, size) => {
      if (!(size >= 1)) throw new Error('chunk needs a size of at least 1');
      const chunks = [];
      for (let at = 0; at < list.length; at += Math.floor(size)) chunks.push(list.slice(at, at + Math.floor(size)));
      return chunks;
    },
    sortBy: (list, how) => {
      const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
      return [...list].sort((a, b) => order(by(how)(a), by(how)(b)));
    },
    sumBy: (list, how) => list.reduce((sum, item) => sum + Number(by(how)(item)), 0),
  };

  const decodePart = (part) => decodeURIComponent(part.replaceAll('+', ' '));
  const url = {
    parseQuery: (query) => {
      const pairs = String(query).replace(/^\?/, '').split('&').filter((pair) => pair !== '');
      return Object.fromEntries(pairs.map((pair) => {
        const at = pair.indexOf('=');
        return at < 0 ? [decodePart(pair), ''] : [decodePart(pair.slice(0, at)), decodePart(pair.slice(at + 1))];
      }));
    },
    buildQuery: (values) =>
      Object.entries(values)
        .filter(([, value]) => value !== null && value !== undefined)
        .flatMap(([name, value]) => (isArray(value) ? value : [value]).map((one) => encodeURIComponent(name) + '=' + encodeURIComponent(one)))
        .join('&'),
    parse: (address) => {
      const { query, ...parts } = parse(native.parseUrl(String(address)));
      return { ...parts, query: url.parseQuery(query) };
    },
  };

  // --- The result: what JSON would lose quietly is an error that says where it is.
  const MapClass = Map;
  const SetClass = Set;
  const toJson = (result) => {
    const refuse = (key, what) => {
      throw new TypeError((key === '' ? 'the result' : '`' + key + '`') + ' is ' + what);
    };
    const json = stringify(result, (key, value) => {
      if (typeof value === 'number' && !isFinite(value)) refuse(key, 'not a finite number');
      if (typeof value === 'bigint') refuse(key, 'a BigInt: use Number(…) or String(…)');
      if (key === '' && (typeof value === 'function' || typeof value === 'symbol')) refuse(key, 'a ' + typeof value);
      if (value instanceof MapClass) refuse(key, 'a Map: use Object.fromEntries(…)');
      if (value instanceof SetClass) refuse(key, 'a Set: use [...set]');
      return value;
    });
    return json === undefined ? 'null' : json;
  };

  const libraries = { dates, crypto, csv, text, data, url };
  globalThis.libraries = libraries;
  return [libraries, toJson];
})
