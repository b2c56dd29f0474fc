package file

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// decodeParquet has the engine look at the file's schema; compressed files are
// unpacked first.
func decodeParquet(ctx context.Context, env *decodeEnv, in *input) ([]*stage, error) {
	st := &stage{in: in, label: in.label, name: in.name, pointed: map[int]bool{}}
	if err := env.unpack(ctx, in, st); err != nil {
		return nil, err
	}
	types, err := parquetSchema(ctx, env.conn, st)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fault.New(fault.Invalid, "%s cannot be read as Parquet, it is damaged or cut off (%w); export it again", in.path, err)
	}
	st.expressions = make([]string, len(types))
	for i, name := range st.columns {
		st.expressions[i] = parquetText(warehouse.Quote(name), types[i])
		st.pointed[i] = types[i] == "DOUBLE" || types[i] == "FLOAT" || strings.HasPrefix(types[i], "DECIMAL(")
	}
	return []*stage{st}, checkHeader(in.path, st.columns)
}

// unpack writes the unpacked file, or a link to it, where the engine can read it.
func (e *decodeEnv) unpack(ctx context.Context, in *input, st *stage) error {
	sum := sha256.New()
	r, err := in.open(sum)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	from := &counted{r: r, ctx: ctx, progress: e.progress, at: Progress{File: in.path, Step: "read", Total: in.size}}
	if in.compression == "" && errors.Is(e.link(st), nil) {
		if _, err := io.Copy(io.Discard, from); err != nil {
			return err
		}
		st.sha256 = hex.EncodeToString(sum.Sum(nil))
		return nil
	}
	st.path = e.path("unpacked")
	f, err := os.OpenFile(st.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	st.sha256 = hex.EncodeToString(sum.Sum(nil))
	return errors.Join(err, f.Close())
}

func parquetSchema(ctx context.Context, conn *sql.Conn, st *stage) (types []string, err error) {
	from := "read_parquet(" + literal(st.path) + ")"
	rows, err := conn.QueryContext(ctx, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "+from+")")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name, kind string
		if err := rows.Scan(&name, &kind); err != nil {
			return nil, err
		}
		st.columns = append(st.columns, name)
		types = append(types, kind)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return types, conn.QueryRowContext(ctx, "SELECT count(*) FROM "+from).Scan(&st.rows)
}

// parquetText writes a Parquet value as a CSV export would.
func parquetText(column, kind string) string {
	switch {
	case strings.HasSuffix(kind, "]"), strings.HasPrefix(kind, "STRUCT"), strings.HasPrefix(kind, "MAP"):
		return "CAST(to_json(" + column + ") AS VARCHAR)"
	}
	return "CAST(" + column + " AS VARCHAR)"
}

// relation is SQL that gives the stage's rows: "row", "line" (NULL where it is
// not known) and the columns as text, c0, c1, …. Not numbered, a direct stage's
// rows are all 0.
func (st *stage) relation(numbered bool) string {
	switch {
	case st.expressions != nil:
		var cols []string
		for i, e := range st.expressions {
			cols = append(cols, fmt.Sprintf(", %s AS c%d", e, i))
		}
		return "SELECT file_row_number + 1 AS \"row\", NULL::BIGINT AS line" + strings.Join(cols, "") +
			" FROM read_parquet(" + literal(st.path) + ", file_row_number = true)"
	case st.direct && !numbered:
		return `SELECT 0::BIGINT AS "row", NULL::BIGINT AS line, * FROM ` + st.readCSV()
	case st.direct:
		line := "NULL::BIGINT"
		if st.oneLiner {
			line = `"row" + 1`
		}
		return `SELECT *, ` + line + ` AS line FROM (SELECT row_number() OVER () AS "row", * FROM ` + st.readCSV() + ")"
	}
	return `SELECT CAST("row" AS BIGINT) AS "row", CAST(line AS BIGINT) AS line, * EXCLUDE ("row", line) FROM ` + st.readCSV()
}

// readCSV reads the stage's file with its exact dialect; nothing is guessed.
func (st *stage) readCSV() string {
	var cols []string
	if !st.direct {
		cols = append(cols, "'row': 'VARCHAR'", "'line': 'VARCHAR'")
	}
	for i := range st.columns {
		cols = append(cols, fmt.Sprintf("'c%d': 'VARCHAR'", i))
	}
	quote, newline := "", `\n`
	if st.quotes {
		quote = `"`
	}
	if st.crlf {
		newline = `\r\n`
	}
	options := []string{literal(st.path), "auto_detect = false", "header = true", "strict_mode = true",
		"columns = {" + strings.Join(cols, ", ") + "}",
		"delim = " + literal(string(st.dialect.delimiter)), "quote = " + literal(quote), "escape = " + literal(quote),
		"new_line = " + literal(newline)}
	if !st.oneLiner {
		options = append(options, "parallel = false")
	}
	if st.longest > 1<<20 {
		options = append(options, fmt.Sprintf("max_line_size = %d", 2*st.longest), fmt.Sprintf("buffer_size = %d", 8*st.longest))
	}
	return "read_csv(" + strings.Join(options, ", ") + ")"
}

// literal makes a string literal.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
