package sqlite

import (
	"context"
	"database/sql"
	"fmt"
)

// tail is the index of the newest chunks, which are in memory alone.
type tail struct {
	span   span
	first  int64 // chunk; earlier ones are in the table posting
	chunks map[int64]lists
	ids    map[uuid]int64
	filter filter // of the chunks before first
	deep   bool   // some references go deeper than the index; never taken back
}

// span is the number of places in a chunk, chunkSize but for tests.
type span int64

func (s span) chunk(seq int64) int64   { return seq / int64(s) }
func (s span) place(seq int64) uint16  { return uint16(seq % int64(s)) }
func (s span) first(chunk int64) int64 { return chunk * int64(s) }

func (l *tail) apply(o op) {
	chunk := l.chunks[l.span.chunk(o.seq)]
	if chunk == nil {
		chunk = lists{}
		l.chunks[l.span.chunk(o.seq)] = chunk
	}
	e := o.entry(l.span)
	if o.remove {
		chunk.remove(e, l.span.place(o.seq))
	} else {
		chunk.add(e, l.span.place(o.seq))
	}
}

// loadTail builds the tail from the rows.
func (s *Store) loadTail(ctx context.Context) error {
	s.tail = tail{span: s.tail.span, chunks: map[int64]lists{}, ids: map[uuid]int64{}}
	t := s.newTxn()
	if err := t.row("SELECT value FROM mark WHERE name = 'sealed'").Scan(&s.tail.first); err != nil {
		return fmt.Errorf("read the mark of the index: %w", err)
	}
	if err := t.row("SELECT value FROM mark WHERE name = 'merged'").Scan(&s.merged); err != nil {
		return fmt.Errorf("read the mark of merged runs: %w", err)
	}
	if err := t.row("SELECT EXISTS (SELECT 1 FROM mark WHERE name = 'deep')").Scan(&t.deep); err != nil {
		return fmt.Errorf("read the mark of references: %w", err)
	}
	if err := s.loadFilter(ctx); err != nil {
		return err
	}
	var linked []link
	err := eachRow(ctx, s.conn, func(rows *sql.Rows) error {
		var id, target, terms []byte
		var l link
		var flags int
		if err := rows.Scan(&l.seq, &id, &flags, &target, &terms); err != nil {
			return err
		}
		l.terms, l.target = unpackTerms(terms), toUUID(target)
		t.setID(toUUID(id), l.seq)
		t.postOwn(l, flags&flagVoided != 0)
		if target != nil {
			linked = append(linked, l)
		}
		return nil
	}, "SELECT seq, id, flags, target, terms FROM statement WHERE seq >= $1 ORDER BY seq", s.tail.span.first(s.tail.first))
	if err != nil {
		return fmt.Errorf("read the newest statements: %w", err)
	}
	for _, l := range linked {
		if err := t.inherit(l); err != nil {
			return err
		}
	}
	t.show()
	return nil
}

// seal moves complete chunks from the tail to the table posting. They are in
// order, so that few pages of the file change.
func (s *Store) seal() error {
	for chunk := s.tail.first; chunk < s.tail.span.chunk(s.next); chunk++ {
		if err := s.sealChunk(chunk); err != nil {
			return fmt.Errorf("store chunk %d of the index: %w", chunk, err)
		}
	}
	for s.merged+runChunks <= s.tail.first {
		if err := s.mergeRun(s.merged); err != nil {
			return fmt.Errorf("merge chunks %d and following of the index: %w", s.merged, err)
		}
	}
	return nil
}

func (s *Store) sealChunk(chunk int64) error {
	t := s.newTxn()
	if err := s.beginImmediate(); err != nil {
		return err
	}
	ids, packed, err := t.storeChunk(chunk)
	if err == nil {
		err = t.exec("COMMIT")
	}
	if err != nil {
		_ = t.exec("ROLLBACK")
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tail.first = chunk + 1
	s.tail.filter.set(chunk, packed)
	delete(s.tail.chunks, chunk)
	for _, id := range ids {
		delete(s.tail.ids, id)
	}
	return nil
}

// storeChunk writes a chunk and gives the ids in it, and their filter.
func (t *txn) storeChunk(chunk int64) (ids []uuid, packed []byte, err error) {
	if l := t.s.tail.chunks[chunk]; len(l) > 0 {
		for _, p := range l.pack(lowestTerm, pageTarget) {
			err := t.exec("INSERT INTO posting (run, term, entries) VALUES ($1, $2, $3)", chunk, int64(p.term), p.entries)
			if err != nil {
				return nil, nil, err
			}
		}
	}
	ids = t.s.tail.idsOf(chunk)
	for _, id := range ids {
		err := t.exec("INSERT INTO statement_id (chunk, id, seq) VALUES ($1, $2, $3)", chunk, id[:], t.s.tail.ids[id])
		if err != nil {
			return nil, nil, err
		}
	}
	packed = t.s.tail.filter.pack(ids)
	if err := t.exec("INSERT INTO id_filter (chunk, bits) VALUES ($1, $2)", chunk, packed); err != nil {
		return nil, nil, err
	}
	return ids, packed, t.exec("UPDATE mark SET value = $1 WHERE name = 'sealed'", chunk+1)
}
