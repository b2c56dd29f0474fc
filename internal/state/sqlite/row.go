package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

// Flags of a statement.
const (
	flagVoided = 1 << iota
	flagVoids
	flagNoTimestamp
)

const rowColumns = "seq, id, stored, flags, target, replaced, credential, country, attachments, body"

// row is a statement as it is read from the file.
type row struct {
	state.Statement
	flags    int
	target   uuid
	replaced int64
}

// scanRow reads rowColumns.
func scanRow(scan func(...any) error) (row, error) {
	var r row
	var id, target []byte
	var stored int64
	var attachments string
	body := stampedBody{stored: &stored, flags: &r.flags}
	err := scan(&r.Seq, &id, &stored, &r.flags, &target, &r.replaced, &r.Credential, &r.Country, &attachments, &body)
	if err != nil {
		return r, err
	}
	r.ID, r.target = toUUID(id).String(), toUUID(target)
	r.Stored, r.Voided = fromMicros(stored), r.flags&flagVoided != 0
	r.Attachments, r.Body = strings.Fields(attachments), body.out
	return r, nil
}

// stampedBody reads a body and puts stored in while it is the driver's. The
// columns that it needs come before it.
type stampedBody struct {
	stored *int64
	flags  *int
	out    []byte
}

// Scan implements sql.Scanner.
func (b *stampedBody) Scan(value any) error {
	body, ok := value.([]byte)
	if !ok || len(body) < 2 {
		return fmt.Errorf("the body of a statement is a %T of %d bytes", value, len(body))
	}
	b.out = withStored(body, fromMicros(*b.stored), *b.flags&flagNoTimestamp != 0)
	return nil
}

// voids gives the id that the statement voids, "" for none.
func (r row) voids() string {
	if r.flags&flagVoids == 0 {
		return ""
	}
	return r.target.String()
}

// timeFormat shows the microseconds that make stored unique.
const timeFormat = "2006-01-02T15:04:05.000000Z"

// withStored puts stored, and timestamp where it is missing, at the end of a
// JSON object.
func withStored(body []byte, stored time.Time, timestamp bool) []byte {
	text := stored.Format(timeFormat)
	out := make([]byte, 0, len(body)+90)
	out = append(out, body[:len(body)-1]...)
	if len(bytes.TrimSpace(out)) > 1 {
		out = append(out, ',')
	}
	out = append(append(append(out, `"stored":"`...), text...), '"')
	if timestamp {
		out = append(append(append(out, `,"timestamp":"`...), text...), '"')
	}
	return append(out, '}')
}

// trimBody gives a body as withStored needs it.
func trimBody(body []byte) ([]byte, error) {
	body = bytes.TrimSpace(body)
	if len(body) < 2 || body[0] != '{' || body[len(body)-1] != '}' {
		return nil, fault.New(fault.Invalid, "the body of a statement is no JSON object")
	}
	return body, nil
}

// readRow reads the statement at a place; sql.ErrNoRows when there is none.
func readRow(ctx context.Context, q rowQueryer, seq int64) (row, error) {
	return scanRow(q.QueryRowContext(ctx, "SELECT "+rowColumns+" FROM statement WHERE seq = $1", seq).Scan)
}
