-- What a text means, as docs/plans/part-2.md says: blanks, whole numbers, flags, gaps, names. Null = cannot be read.
CREATE MACRO filled(x) AS nullif(trim(x, E' \t\r\n\x0b\x0c'), '');
-- try_cast alone would take 3.7 for 4, 1e2 for 100 and 0x10 for 16.
CREATE MACRO whole(x) AS CASE WHEN try_cast(x AS UINTEGER)::VARCHAR = x THEN try_cast(x AS UINTEGER)::BIGINT
    WHEN regexp_full_match(x, '[+-]?[0-9]+(\.0*)?')
    THEN try_cast(split_part(x, '.', 1) AS BIGINT) END;
CREATE MACRO an_id(x) AS coalesce(x BETWEEN 1 AND 4294967295, false);
CREATE MACRO flag(x) AS CASE
    WHEN lower(x) IN ('1', '1.0', 'true', 't', 'yes', 'y') THEN 1
    WHEN lower(x) IN ('0', '0.0', 'false', 'f', 'no', 'n') THEN 0 END;
CREATE MACRO gap_text(x) AS CASE WHEN lower(x) NOT IN ('null', 'none', 'na', 'n/a', 'nan', '\n') THEN x END;
CREATE MACRO gap(x) AS CASE WHEN regexp_full_match(x, '[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?')
    THEN try_cast(x AS DOUBLE) END;
CREATE MACRO clean_name(x) AS nullif(trim(regexp_replace(x, '[\s\p{Z}\p{Cc}]+', ' ', 'g')), '');
-- The fields of a record with quotes as text; the comma in front keeps a first empty field.
CREATE MACRO fields_of(raw) AS CASE WHEN contains(raw, '"')
    THEN list_transform(regexp_extract_all(',' || raw, '(?s),("(?:[^"]|"")*"|[^",]*)', 1), lambda f:
        CASE WHEN f[1] = '"' THEN replace(f[2:-2], '""', '"') ELSE f END)
    ELSE string_split(raw, ',') END;
-- A quote stands around a whole field, and is doubled inside.
CREATE MACRO well_quoted(raw) AS NOT contains(raw, '"')
    OR regexp_full_match(raw, '(?s)("([^"]|"")*"|[^",]*)(,("([^"]|"")*"|[^",]*))*');
CREATE MACRO share(part, whole_of) AS CASE WHEN whole_of > 0 THEN part::DOUBLE / whole_of END;
