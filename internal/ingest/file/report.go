package file

import "time"

// Report tells what an import did, or in a dry run would do. Its JSON form is
// stable: a list is never null.
type Report struct {
	Batch       int        `json:"batch,omitempty"` // 0: nothing changed, so that there is none
	DryRun      bool       `json:"dry_run,omitempty"`
	Files       []Part     `json:"files"`
	Ignored     []Ignored  `json:"ignored"` // files of a folder that were not recognised
	Questions   []Question `json:"questions"`
	Warnings    []Warning  `json:"warnings"`
	RejectsPath string     `json:"rejects_path,omitempty"`
	Rows        Counts     `json:"rows"` // of all files
	Seconds     float64    `json:"seconds"`
}

// Counts account for every row: Read = Added + Replaced + Unchanged +
// Duplicate + Rejected + Skipped.
type Counts struct {
	Read      int64 `json:"read"`
	Added     int64 `json:"added"`
	Replaced  int64 `json:"replaced"`  // a new version of a stored row
	Unchanged int64 `json:"unchanged"` // stored already, with the same content
	Duplicate int64 `json:"duplicate"` // said again within the import
	Rejected  int64 `json:"rejected"`
	Skipped   int64 `json:"skipped"` // not selected by the mapping's conditions
}

// Add adds the counts of other rows.
func (c *Counts) Add(d Counts) {
	c.Read += d.Read
	c.Added += d.Added
	c.Replaced += d.Replaced
	c.Unchanged += d.Unchanged
	c.Duplicate += d.Duplicate
	c.Rejected += d.Rejected
	c.Skipped += d.Skipped
}

// Part is what became of one file as one fact. A file that the mapping
// turns into several facts has one for each.
type Part struct {
	File       string          `json:"file"`
	Fact       string          `json:"fact"`
	Format     string          `json:"format"`   // csv, jsonl, parquet, xlsx
	Encoding   string          `json:"encoding"` // utf-8, utf-16le, utf-16be, windows-1252
	SHA256     string          `json:"sha256"`
	SameAs     int             `json:"same_as_batch,omitempty"` // the batch that holds this very file
	Rows       Counts          `json:"rows"`
	Attributes []string        `json:"attributes"` // columns kept as attributes
	Rejects    []RejectSummary `json:"rejects"`
}

// RejectSummary counts the rows of a file that were refused for one reason.
type RejectSummary struct {
	Code     string    `json:"code"`
	Column   string    `json:"column,omitempty"`
	Count    int64     `json:"count"`
	Remedy   string    `json:"remedy"`
	Examples []Example `json:"examples"`
}

// Example is one refused value.
type Example struct {
	Row   int64  `json:"row"`            // 1 is the first after the header
	Line  int64  `json:"line,omitempty"` // of the file, where it is known
	Value string `json:"value"`
}

// Ignored is a file of a folder that is not imported, and why.
type Ignored struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
}

// Question is something that only the user can know. Nothing is imported until
// it is answered in the mapping.
type Question struct {
	File     string   `json:"file"`
	Column   string   `json:"column"`
	Question string   `json:"question"`
	Examples []string `json:"examples"`
	Answers  []string `json:"answers"` // lines for the mapping, one of which answers it
}

// Warning is something worth knowing that stopped nothing.
type Warning struct {
	Code     string   `json:"code"`
	File     string   `json:"file,omitempty"`
	Message  string   `json:"message"`
	Count    int64    `json:"count,omitempty"`
	Examples []string `json:"examples"`
}

// Batch is one committed import.
type Batch struct {
	Batch        int         `json:"batch"`
	ImportedAt   time.Time   `json:"imported_at"`
	Source       string      `json:"source"`
	RolledBackAt *time.Time  `json:"rolled_back_at,omitempty"`
	Files        []BatchFile `json:"files"`
}

// BatchFile is one file of a batch as one fact.
type BatchFile struct {
	File   string `json:"file"`
	Fact   string `json:"fact"`
	SHA256 string `json:"sha256"`
	Rows   Counts `json:"rows"`
}

// Progress is a step of a long import. Total is 0 where it is not known.
type Progress struct {
	File  string
	Step  string // "read", "check", "store", "refresh"
	Done  int64  // bytes when reading, rows otherwise
	Total int64
}
