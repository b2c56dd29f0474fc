package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

// Content implements state.Statements.
func (s *Store) Content(ctx context.Context, sha2 string) (state.Content, error) {
	c := state.Content{SHA2: sha2}
	err := s.readers.QueryRowContext(ctx, "SELECT content_type, data FROM content WHERE sha2 = $1", sha2).Scan(&c.ContentType, &c.Data)
	if errors.Is(err, sql.ErrNoRows) {
		return c, fault.New(fault.NotFound, "there is no attachment of SHA-256 %s", sha2)
	}
	return c, s.explain(err)
}

// definitionsAtOnce bounds how long the look-up of definitions holds a connection.
const definitionsAtOnce = 500

// Definitions implements state.Statements.
func (s *Store) Definitions(ctx context.Context, activities ...string) (map[string][]byte, error) {
	known := make(map[string][]byte, len(activities))
	for some := range slices.Chunk(activities, definitionsAtOnce) {
		list, err := json.Marshal(some)
		if err != nil {
			return nil, err
		}
		err = eachRow(ctx, s.readers, func(rows *sql.Rows) error {
			var iri string
			var definition []byte
			err := rows.Scan(&iri, &definition)
			known[iri] = definition
			return err
		}, "SELECT iri, definition FROM json_each($1) CROSS JOIN activity ON iri = value", string(list))
		if err != nil {
			return nil, s.explain(fmt.Errorf("read definitions: %w", err))
		}
	}
	return known, nil
}

// Setting implements state.Settings.
func (s *Store) Setting(ctx context.Context, name string) ([]byte, error) {
	var body []byte
	err := s.readers.QueryRowContext(ctx, "SELECT body FROM setting WHERE name = $1", name).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return body, s.explain(err)
}

// AgentNames implements state.Statements.
func (s *Store) AgentNames(ctx context.Context, agent string) ([]string, error) {
	var names []string
	err := eachRow(ctx, s.readers, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		names = append(names, name)
		return err
	}, "SELECT name FROM agent_name WHERE agent = $1 ORDER BY seq, name", agent)
	return names, s.explain(err)
}

// ChangeSetting implements state.Settings.
func (s *Store) ChangeSetting(ctx context.Context, name string, change func([]byte) ([]byte, error)) error {
	return s.write(ctx, 1, documentWeight, func(t *txn) error {
		var old []byte
		err := t.row("SELECT body FROM setting WHERE name = $1", name).Scan(&old)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("read setting %s: %w", name, err)
		}
		made, err := change(old)
		if err != nil {
			return err
		}
		if made == nil {
			return t.exec("DELETE FROM setting WHERE name = $1", name)
		}
		return t.exec(`INSERT INTO setting (name, body) VALUES ($1, $2)
			ON CONFLICT (name) DO UPDATE SET body = excluded.body`, name, made)
	})
}

const credentialColumns = "id, label, kind, scopes, lenient, secret_hash, created, last_used, revoked, issuer, audience, scope_prefix"

// credentialAgain lets trust in an issuer that was taken back be given again:
// its id says whom is trusted, and there is no secret to get in by.
const credentialAgain = `ON CONFLICT (id) DO UPDATE SET label = excluded.label, scopes = excluded.scopes, lenient = excluded.lenient,
	created = excluded.created, revoked = excluded.revoked, scope_prefix = excluded.scope_prefix
	WHERE credential.revoked <> 0 AND credential.issuer <> '' AND credential.issuer = excluded.issuer AND credential.audience = excluded.audience`

func scanCredential(scan func(...any) error) (state.Credential, error) {
	var c state.Credential
	var scopes, lenient []byte
	var created, used, revoked int64
	if err := scan(&c.ID, &c.Label, &c.Kind, &scopes, &lenient, &c.SecretHash, &created, &used, &revoked, &c.Issuer, &c.Audience, &c.ScopePrefix); err != nil {
		return c, err
	}
	if err := json.Unmarshal(scopes, &c.Scopes); err != nil {
		return c, fmt.Errorf("read the scopes of credential %s: %w", c.ID, err)
	}
	if err := json.Unmarshal(lenient, &c.Lenient); err != nil {
		return c, fmt.Errorf("read the tolerances of credential %s: %w", c.ID, err)
	}
	c.CreatedAt, c.LastUsedAt, c.RevokedAt = fromMicros(created), fromMicros(used), fromMicros(revoked)
	return c, nil
}

// AddCredential implements state.Credentials.
func (s *Store) AddCredential(ctx context.Context, c state.Credential) error {
	scopes, err := json.Marshal(c.Scopes)
	if err != nil {
		return err
	}
	lenient, err := json.Marshal(c.Lenient)
	if err != nil {
		return err
	}
	return s.write(ctx, 1, 0, func(t *txn) error {
		n, err := t.count("INSERT INTO credential ("+credentialColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "+credentialAgain,
			c.ID, c.Label, c.Kind, string(scopes), string(lenient), c.SecretHash, micros(c.CreatedAt), micros(c.LastUsedAt), micros(c.RevokedAt),
			c.Issuer, c.Audience, c.ScopePrefix)
		if err == nil && n == 0 {
			return fault.New(fault.Conflict, "credential %s exists already: choose another id", c.ID)
		}
		return err
	})
}

// Credential implements state.Credentials.
func (s *Store) Credential(ctx context.Context, id string) (state.Credential, error) {
	c, err := scanCredential(s.readers.QueryRowContext(ctx, "SELECT "+credentialColumns+" FROM credential WHERE id = $1", id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return c, fault.New(fault.NotFound, "there is no credential %s", id)
	}
	return c, s.explain(err)
}

// Credentials implements state.Credentials.
func (s *Store) Credentials(ctx context.Context) ([]state.Credential, error) {
	var out []state.Credential
	err := eachRow(ctx, s.readers, func(rows *sql.Rows) error {
		c, err := scanCredential(rows.Scan)
		out = append(out, c)
		return err
	}, "SELECT "+credentialColumns+" FROM credential ORDER BY created, id")
	return out, s.explain(err)
}

// RevokeCredential implements state.Credentials.
func (s *Store) RevokeCredential(ctx context.Context, id string, at time.Time) error {
	return s.write(ctx, 1, 0, func(t *txn) error {
		n, err := t.count("UPDATE credential SET revoked = CASE revoked WHEN 0 THEN $1 ELSE revoked END WHERE id = $2", micros(at), id)
		if err == nil && n == 0 {
			return fault.New(fault.NotFound, "there is no credential %s", id)
		}
		return err
	})
}

// TouchCredentials implements state.Credentials.
func (s *Store) TouchCredentials(ctx context.Context, used map[string]time.Time) error {
	return s.write(ctx, len(used), 0, func(t *txn) error {
		for id, at := range used {
			if err := t.exec("UPDATE credential SET last_used = max(last_used, $1) WHERE id = $2", micros(at), id); err != nil {
				return fmt.Errorf("note the use of credential %s: %w", id, err)
			}
		}
		return nil
	})
}

// AddDeadLetters implements state.Outbox.
func (s *Store) AddDeadLetters(ctx context.Context, letters []state.DeadLetter) error {
	return s.write(ctx, len(letters), 0, func(t *txn) error {
		for _, l := range letters {
			err := t.exec("INSERT INTO dead_letter (target, statement, reason, attempts, at) VALUES ($1, $2, $3, $4, $5)",
				l.Target, l.Statement, l.Reason, l.Attempts, micros(l.At))
			if err != nil {
				return fmt.Errorf("store a dead letter: %w", err)
			}
		}
		return nil
	})
}

// DeadLetters implements state.Outbox.
func (s *Store) DeadLetters(ctx context.Context, target string, after int64, n int) ([]state.DeadLetter, error) {
	return s.letters(ctx, "WHERE target = $1 AND id > $2 ORDER BY id LIMIT $3", target, after, n)
}

// DeadLettersOf implements state.Outbox.
func (s *Store) DeadLettersOf(ctx context.Context, statements []string) ([]state.DeadLetter, error) {
	list, err := json.Marshal(statements)
	if err != nil {
		return nil, err
	}
	return s.letters(ctx, "WHERE statement IN (SELECT value FROM json_each($1)) ORDER BY id", string(list))
}

func (s *Store) letters(ctx context.Context, which string, args ...any) ([]state.DeadLetter, error) {
	var out []state.DeadLetter
	err := eachRow(ctx, s.readers, func(rows *sql.Rows) error {
		var l state.DeadLetter
		var at int64
		err := rows.Scan(&l.ID, &l.Target, &l.Statement, &l.Reason, &l.Attempts, &at)
		l.At = fromMicros(at)
		out = append(out, l)
		return err
	}, "SELECT id, target, statement, reason, attempts, at FROM dead_letter "+which, args...)
	return out, s.explain(err)
}

// DeleteDeadLetters implements state.Outbox.
func (s *Store) DeleteDeadLetters(ctx context.Context, ids []int64) error {
	return s.write(ctx, len(ids), 0, func(t *txn) error {
		for _, id := range ids {
			if err := t.exec("DELETE FROM dead_letter WHERE id = $1", id); err != nil {
				return fmt.Errorf("delete dead letter %d: %w", id, err)
			}
		}
		return nil
	})
}
