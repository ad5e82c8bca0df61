// A method of Python's, without Python's headers: it tells the name of an operation of ttnn and calls what it wraps.
//
// ttnn's operations are objects of two classes; python/ttmem_ttnn.py sets their __call__ to what
// ttmem_preload_python_call() makes. In C it costs a third of a wrapper in Python, and leaves tracebacks as they are.
// All that it uses is looked up in the process that it runs in, and but for one function is CPython's stable ABI; where
// something is absent, NULL says so, and the caller wraps in Python. Called with the interpreter's lock held, as all of
// Python's API. `inner` must be a plain function.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void ttmem_preload_op_begin(uint32_t operation);
void ttmem_preload_op_end(void);

typedef struct object object;  // PyObject
typedef object* method(object* self, object* const* arguments, intptr_t count,
                       object* keywords);  // METH_FASTCALL | METH_KEYWORDS

static struct {
    object* (*call_function)(object* function, object* const* arguments, size_t count, object* keywords);
    object* (*new_method)(object* type, void* definition);
    object* (*get_attribute)(object* self, object* name);
    object* (*get_item)(object* container, object* key);
    unsigned long (*to_number)(object* number);
    intptr_t (*size)(object* tuple);
    object* (*text)(const char* utf8);
    void (*clear_error)(void);
    object* (*no_memory)(void);
    int (*set_attribute)(object* self, const char* name, object* value);
    void (*drop)(object*);
} python;

static struct wrapped {
    object* inner;
    object* ids;
} wrapped[2];  // FastOperation, Operation
static object* name_of_operation;

static int find_python(void) {
    static const char* const names[] = {
        "PyObject_Vectorcall", "PyDescr_NewMethod",    "PyObject_GetAttr", "PyObject_GetItem", "PyLong_AsUnsignedLong",
        "PyTuple_Size",        "PyUnicode_FromString", "PyErr_Clear",      "PyErr_NoMemory",   "PyObject_SetAttrString",
        "Py_DecRef",
    };
    void* found[sizeof names / sizeof *names];
    _Static_assert(sizeof found == sizeof python, "one name for each function");
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) found[i] = dlsym(RTLD_DEFAULT, names[i]);
    if (!found[0])
        found[0] = dlsym(RTLD_DEFAULT, "_PyFunction_Vectorcall");  // up to 3.11 the first is an inline function
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
        if (!found[i]) return 0;
    memcpy(&python, found, sizeof found);
    return 1;
}

static uint32_t operation_of(const struct wrapped* kind, object* self) {
    object* name = python.get_attribute(self, name_of_operation);
    object* id = name ? python.get_item(kind->ids, name) : NULL;
    const unsigned long number = id ? python.to_number(id) : 0;
    if (!id || number > UINT32_MAX) python.clear_error();
    if (id) python.drop(id);
    if (name) python.drop(name);
    return number > UINT32_MAX ? 0 : (uint32_t)number;
}

static object* call(const struct wrapped* kind, object* self, object* const* arguments, intptr_t count,
                    object* keywords) {
    enum { kUsual = 24 };
    object* usual[kUsual];
    const size_t all = (size_t)count + (keywords ? (size_t)python.size(keywords) : 0);
    object** passed = all < kUsual ? usual : malloc((all + 1) * sizeof *passed);
    if (!passed) return python.no_memory();
    passed[0] = self;
    if (all) memcpy(passed + 1, arguments, all * sizeof *passed);
    ttmem_preload_op_begin(operation_of(kind, self));
    object* result = python.call_function(kind->inner, passed, (size_t)count + 1, keywords);
    ttmem_preload_op_end();
    if (passed != usual) free(passed);
    return result;
}

static object* call_fast(object* self, object* const* arguments, intptr_t count, object* keywords) {
    return call(&wrapped[0], self, arguments, count, keywords);
}
static object* call_slow(object* self, object* const* arguments, intptr_t count, object* keywords) {
    return call(&wrapped[1], self, arguments, count, keywords);
}

// PyMethodDef
static const struct {
    const char* name;
    method* function;
    int flags;
    const char* doc;
} definitions[] = {
    {"__call__", call_fast, 0x82, "__call__($self, /, *function_args, **function_kwargs)\n--\n\n"},
    {"__call__", call_slow, 0x82, "__call__($self, /, *function_args, **function_kwargs)\n--\n\n"},
};

// Sets the class's __call__; 1, or 0 where this Python lacks something. `inner` and `ids` are attributes of the class,
// which so keeps them for as long as it can be called: a reference from here would be one that Python's garbage
// collector does not know, and would keep all of ttnn beyond the interpreter's end.
__attribute__((visibility("default"))) int ttmem_preload_python_call(int number, void* type, void* inner, void* ids) {
    if (number < 0 || number > 1 || !find_python()) return 0;
    if (!name_of_operation && !(name_of_operation = python.text("python_fully_qualified_name"))) return 0;
    object* method_of_type = python.new_method(type, (void*)&definitions[number]);
    if (!method_of_type) return 0;
    wrapped[number] = (struct wrapped){inner, ids};
    const int set = python.set_attribute(type, "__call__", method_of_type);
    python.drop(method_of_type);
    return set == 0;
}
