// Package warehouse holds what the facts' engines share: the port through which
// files are staged, and how identifiers and columns are written. The engines
// are its sub-packages; plan is the tree in which KPIs ask them.
package warehouse

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/liftmark/liftmark/internal/record"
)

// Execer runs statements: a transaction or a connection.
type Execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Stage is the engine in which files are staged as text, checked and turned
// into facts. It speaks DuckDB's SQL whatever engine keeps the facts.
type Stage interface {
	SQL() *sql.DB
	// Dir is the workspace's directory, empty when it is kept in memory.
	Dir() string
	// Batch gives the number of a batch that is to be stored.
	Batch(ctx context.Context) (int, error)
	// Alone runs a short transaction beside which no other refresh and no
	// stream changes anything. Refresh, within it, rebuilds what follows from
	// the facts.
	Alone(ctx context.Context, do func(tx *sql.Tx) error) error
	Refresh(ctx context.Context, tx Execer, now time.Time) error
	// MarkDue notes in a long transaction that stores a batch that a refresh is
	// due when it is committed; Settle then does it.
	MarkDue(ctx context.Context, tx Execer, batch int) error
	Settle(ctx context.Context) error
	// Describe gives an engine error its kind and remedy.
	Describe(err error) error
	// Roomy gives the engine all of its memory until release is called.
	Roomy(ctx context.Context) (release func())
}

// columnTypes maps the types of record fields to the engine's.
var columnTypes = map[record.Type]string{
	record.Integer: "BIGINT", record.Number: "DOUBLE", record.Money: "BIGINT",
	record.Time: "TIMESTAMP", record.Boolean: "BOOLEAN",
}

// ColumnType gives the type of the column that stores a field.
func ColumnType(t record.Type) string {
	if name, ok := columnTypes[t]; ok {
		return name
	}
	return "VARCHAR"
}

// Quote makes an identifier safe to stand in SQL.
func Quote(identifier string) string {
	return `"` + strings.ReplaceAll(identifier, `"`, `""`) + `"`
}
