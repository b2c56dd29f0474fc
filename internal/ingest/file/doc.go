// Package file imports files, whole: accounts, people, learning, usage and the
// other facts of package record, from CSV, TSV, JSON Lines, Parquet and XLSX,
// plain or compressed.
//
// The steps, each in a file of its own:
//
//	sniff      what a file is: compression, format, encoding, delimiter
//	decode     csv, jsonl, xlsx, parquet → a stage: text columns that the engine reads
//	recognise  which fact a stage holds, by name and header
//	mapping    the YAML that brings foreign files in, compiled to expressions
//	shape      how dates and numbers are written, asked where it is ambiguous
//	cast       text → typed values, with a reason for each row that is refused
//	commit     duplicates, replaced versions, insertion
//	reject     refused rows, into a CSV file and a summary
//	batch      listing and rolling back
//
// A stage is a regular UTF-8 CSV file: the input itself where it is one, a
// normalised copy otherwise. Go looks at each byte once, to decode and to
// check; every row is then handled as a set, by SQL.
//
// # Files
//
// A path is a file or a folder, of which the files directly in it are taken;
// hidden ones are not. A canonical file is recognised by the stem of its name
// (accounts.csv, accounts-2026-01.csv.gz) and its header; names are compared
// without case, spaces, underscores and camel case. Columns that the fact does
// not have are kept as attributes, named in snake_case.
//
// JSON Lines: each line is an object. A nested object's members become columns
// named parent.child; an array is kept as its JSON text.
//
// XLSX: each sheet with a header is a table of its own, recognised by the
// sheet's name or, when there is one sheet, by the file's. A formula counts
// with the value that the spreadsheet program stored; without one its row is
// refused. A number with a date format is a date.
//
// Parquet: nested values are kept as text.
//
// # Values
//
// Times are ISO 8601 or RFC 3339, seconds or milliseconds since 1970, or
// day/month/year in either order; a time without offset is in the mapping's
// zone, UTC by default. Where a column's order of day and month, or the meaning
// of "1,234" and "1.234", does not follow from the column itself, the import
// stops and asks; the question names the line of the mapping that answers it.
// Money is written in major units and stored in minor units, rounded to them.
//
// # Batches
//
// One import is one batch in one transaction: all of its rows are stored, or
// none. The same file again changes nothing, and neither do the same rows in
// another file.
package file
