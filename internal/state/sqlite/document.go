package sqlite

import (
	"context"
	"crypto/sha1" //nolint:gosec // the Experience API asks for SHA-1; nothing is kept secret by it
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

const documentColumns = "seq, resource, activity, agent, registration, id, updated, etag, content_type, body"

const documentOf = "resource = $1 AND activity = $2 AND agent = $3 AND registration = $4 AND id = $5"

// documentWeight is what a waiting change of a document counts for: how large
// it will be is not known.
const documentWeight = 64 << 10

func scanDocument(scan func(...any) error) (seq int64, d state.Document, err error) {
	var updated int64
	k := &d.Key
	err = scan(&seq, &k.Resource, &k.Activity, &k.Agent, &k.Registration, &k.ID, &updated, &d.ETag, &d.ContentType, &d.Body)
	d.Updated = fromMicros(updated)
	return seq, d, err
}

func readDocument(ctx context.Context, q rowQueryer, key state.DocumentKey) (state.Document, error) {
	row := q.QueryRowContext(ctx, "SELECT "+documentColumns+" FROM document WHERE "+documentOf, keyArgs(key)...)
	_, d, err := scanDocument(row.Scan)
	return d, err
}

func keyArgs(k state.DocumentKey) []any {
	return []any{k.Resource, k.Activity, k.Agent, k.Registration, k.ID}
}

// Document implements state.Documents.
func (s *Store) Document(ctx context.Context, key state.DocumentKey) (state.Document, error) {
	d, err := readDocument(ctx, s.readers, key)
	if errors.Is(err, sql.ErrNoRows) {
		return d, fault.New(fault.NotFound, "there is no document %q", key.ID)
	}
	if err != nil {
		return d, s.explain(fmt.Errorf("read document %q: %w", key.ID, err))
	}
	return d, nil
}

// ChangeDocument implements state.Documents.
func (s *Store) ChangeDocument(ctx context.Context, key state.DocumentKey, change func(*state.Document) (*state.Document, error)) error {
	return s.write(ctx, 1, documentWeight, func(t *txn) error {
		old, err := readDocument(context.Background(), t.s.conn, key)
		had := err == nil
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("read document %q: %w", key.ID, err)
		}
		var given *state.Document
		if had {
			given = &old
		}
		made, err := change(given)
		if err != nil {
			return err
		}
		if made == nil {
			return t.exec("DELETE FROM document WHERE "+documentOf, keyArgs(key)...)
		}
		return t.putDocument(key, made)
	})
}

func (t *txn) putDocument(key state.DocumentKey, d *state.Document) error {
	sum := sha1.Sum(d.Body) //nolint:gosec // see the import
	err := t.exec(`INSERT INTO document (resource, activity, agent, registration, id, updated, etag, content_type, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (resource, activity, agent, registration, id) DO UPDATE SET
		updated = excluded.updated, etag = excluded.etag, content_type = excluded.content_type, body = excluded.body`,
		append(keyArgs(key), t.stamp(), hex.EncodeToString(sum[:]), d.ContentType, nonNil(d.Body))...)
	if err != nil {
		return fmt.Errorf("store document %q: %w", key.ID, err)
	}
	return nil
}

// onShelf gives the condition for a shelf and its values.
func onShelf(shelf state.Shelf, everyRegistration bool) (string, []any) {
	where, args := "resource = $1 AND activity = $2 AND agent = $3", []any{shelf.Resource, shelf.Activity, shelf.Agent}
	if !everyRegistration {
		where, args = where+" AND registration = $4", append(args, shelf.Registration)
	}
	return where, args
}

// DocumentIDs implements state.Documents.
func (s *Store) DocumentIDs(ctx context.Context, shelf state.Shelf, everyRegistration bool, since time.Time) ([]string, error) {
	where, args := onShelf(shelf, everyRegistration)
	if !since.IsZero() {
		where, args = fmt.Sprintf("%s AND updated > $%d", where, len(args)+1), append(args, micros(since))
	}
	ids := []string{}
	err := eachRow(ctx, s.readers, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, "SELECT DISTINCT id FROM document WHERE "+where+" ORDER BY id", args...)
	if err != nil {
		return nil, s.explain(fmt.Errorf("list documents: %w", err))
	}
	return ids, nil
}

// ClearShelf implements state.Documents.
func (s *Store) ClearShelf(ctx context.Context, shelf state.Shelf, everyRegistration bool) error {
	where, args := onShelf(shelf, everyRegistration)
	return s.write(ctx, 1, 0, func(t *txn) error {
		return t.exec("DELETE FROM document WHERE "+where, args...)
	})
}

// DocumentsOf implements state.Upkeep.
func (s *Store) DocumentsOf(ctx context.Context, agent string, each func(state.Document) error) error {
	if agent == "" {
		return nil
	}
	for after := int64(0); ; {
		seq, d, err := scanDocument(s.readers.QueryRowContext(ctx, "SELECT "+documentColumns+
			" FROM document WHERE agent = $1 AND agent <> '' AND seq > $2 ORDER BY seq LIMIT 1", agent, after).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return s.explain(fmt.Errorf("read the documents of an agent: %w", err))
		}
		if err := each(d); err != nil {
			return err
		}
		after = seq
	}
}
