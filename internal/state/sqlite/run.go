package sqlite

import (
	"bytes"
	"database/sql"
)

// runOf gives the run that a chunk is in: its own before it is merged.
func runOf(chunk, merged int64) int64 {
	if chunk < merged {
		return chunk - chunk%runChunks
	}
	return chunk
}

// mergeRun merges the chunks of a run that begins at one.
func (s *Store) mergeRun(run int64) error {
	t := s.newTxn()
	if err := s.beginImmediate(); err != nil {
		return err
	}
	err := t.merge(run)
	if err == nil {
		err = t.exec("COMMIT")
	}
	if err != nil {
		_ = t.exec("ROLLBACK") // SQLite may have done so by itself
		return err
	}
	s.merged = run + runChunks
	return nil
}

func (t *txn) merge(run int64) error {
	chunks, err := t.readRun(run)
	if err != nil {
		return err
	}
	pages, err := mergePages(chunks)
	if err != nil {
		return err
	}
	if err := t.exec("DELETE FROM posting WHERE run >= $1 AND run < $2", run, run+runChunks); err != nil {
		return err
	}
	for _, p := range pages {
		if err := t.exec("INSERT INTO posting (run, term, entries) VALUES ($1, $2, $3)", run, int64(p.term), p.entries); err != nil {
			return err
		}
	}
	return t.exec("UPDATE mark SET value = $1 WHERE name = 'merged'", run+runChunks)
}

// readRun reads the entries of each chunk of a run.
func (t *txn) readRun(run int64) ([][]byte, error) {
	chunks := make([]bytes.Buffer, runChunks)
	err := t.each(func(rows *sql.Rows) error {
		var chunk int64
		var entries sql.RawBytes
		if err := rows.Scan(&chunk, &entries); err != nil {
			return err
		}
		chunks[chunk-run].Write(entries)
		return nil
	}, "SELECT run, entries FROM posting WHERE run >= $1 AND run < $2 ORDER BY run, term", run, run+runChunks)
	out := make([][]byte, runChunks)
	for i := range chunks {
		out[i] = chunks[i].Bytes()
	}
	return out, err
}

// mergePages lays the entries of chunks, each in order, out on pages.
func mergePages(chunks [][]byte) ([]page, error) {
	out := []page{{term: lowestTerm, entries: []byte{}}}
	for {
		lowest, any := term(0), false
		for _, entries := range chunks {
			if len(entries) == 0 {
				continue
			}
			e, _, _, err := next(entries)
			if err != nil {
				return nil, err
			}
			if !any || e.term < lowest {
				lowest, any = e.term, true
			}
		}
		if !any {
			return out, nil
		}
		if len(out[len(out)-1].entries) >= pageTarget {
			out = append(out, page{term: lowest, entries: []byte{}})
		}
		if err := out[len(out)-1].take(chunks, lowest); err != nil {
			return nil, err
		}
	}
}

// take moves the entries of a term from the heads of chunks to the page.
func (p *page) take(chunks [][]byte, of term) error {
	for i := range chunks {
		for len(chunks[i]) > 0 {
			e, _, rest, err := next(chunks[i])
			if err != nil {
				return err
			}
			if e.term != of {
				break
			}
			p.entries = append(p.entries, chunks[i][:len(chunks[i])-len(rest)]...)
			chunks[i] = rest
		}
	}
	return nil
}
