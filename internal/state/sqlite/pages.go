package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
)

// pageKey names a page of the table posting.
type pageKey struct {
	run  int64
	term term
}

// openPage is a page that the transaction changes.
type openPage struct {
	lists   lists
	fresh   bool // not in the table
	changed bool
}

// openPagesMax is how many pages a transaction holds before it writes them.
const openPagesMax = 2000

// markPage changes a chunk that is in the table.
func (t *txn) markPage(o op) error {
	span := t.s.tail.span
	p, err := t.pageOf(runOf(span.chunk(o.seq), t.s.merged), o.term)
	if err != nil {
		return err
	}
	p.changed = true
	if o.remove {
		p.lists.remove(o.entry(span), span.place(o.seq))
	} else {
		p.lists.add(o.entry(span), span.place(o.seq))
	}
	return nil
}

// pageOf opens the page that has a term, or would have it.
func (t *txn) pageOf(run int64, of term) (*openPage, error) {
	if len(t.pages) >= openPagesMax {
		if err := t.flushPages(); err != nil {
			return nil, err
		}
	}
	key := pageKey{run: run}
	err := t.row("SELECT term FROM posting WHERE run = $1 AND term <= $2 ORDER BY term DESC LIMIT 1", run, int64(of)).Scan((*int64)(&key.term))
	if errors.Is(err, sql.ErrNoRows) {
		key.term = lowestTerm
		if t.pages[key] == nil {
			t.pages[key] = &openPage{lists: lists{}, fresh: true}
		}
		return t.pages[key], nil
	}
	if err != nil {
		return nil, fmt.Errorf("find a page of run %d: %w", run, err)
	}
	if p := t.pages[key]; p != nil {
		return p, nil
	}
	return t.openPage(key)
}

func (t *txn) openPage(key pageKey) (*openPage, error) {
	var entries []byte
	err := t.row("SELECT entries FROM posting WHERE run = $1 AND term = $2", key.run, int64(key.term)).Scan(&entries)
	if err != nil {
		return nil, fmt.Errorf("read a page of run %d: %w", key.run, err)
	}
	p := &openPage{}
	if p.lists, err = unpack(entries); err != nil {
		return nil, err
	}
	t.pages[key] = p
	return p, nil
}

// flushPages writes the pages that have changed, in more pages where one grew.
func (t *txn) flushPages() error {
	for key, p := range t.pages {
		if !p.changed {
			continue
		}
		t.paged = true
		if !p.fresh {
			if err := t.exec("DELETE FROM posting WHERE run = $1 AND term = $2", key.run, int64(key.term)); err != nil {
				return err
			}
		}
		for _, part := range p.lists.pack(key.term, pageMax) {
			err := t.exec("INSERT INTO posting (run, term, entries) VALUES ($1, $2, $3)", key.run, int64(part.term), part.entries)
			if err != nil {
				return err
			}
		}
	}
	clear(t.pages)
	return t.dropRuns()
}

// dropRuns deletes the pages of runs that have no statement any more.
func (t *txn) dropRuns() error {
	for run := range t.runs {
		t.paged = true
		span := t.s.tail.span
		low, high := span.first(run), span.first(run+1)
		if run < t.s.merged {
			high = span.first(run + runChunks)
		}
		err := t.exec(`DELETE FROM posting WHERE run = $1
			AND NOT EXISTS (SELECT 1 FROM statement WHERE seq >= $2 AND seq < $3)`, run, low, high)
		if err != nil {
			return err
		}
	}
	clear(t.runs)
	return nil
}
