// Whether ttnn's Python side tells which operation is running.
#ifndef TTMEM_PRELOAD_OPERATIONS_H
#define TTMEM_PRELOAD_OPERATIONS_H

// When a device is opened: Python runs and does not tell, so what should have the name of an operation has none.
void note_missing_names(void);

#endif
