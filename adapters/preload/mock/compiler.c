// Stands in for riscv-tt-elf-g++, which comes with no wheel: a mock device "compiles" its kernels with it, and runs
// none.
//
// It takes the options that tt-metal passes to g++ and writes what tt-metal reads back: dependency files, objects that
// nobody reads, and ELF files with a text of `ret` whose length depends on the kernel's name alone. Firmware is copied
// from the wheel, where it lies compiled, and which is found by this program's own place in it: ttmem_mock.py puts a
// copy where tt-metal looks for the real one. A run with a folder of its own (TTMEM_MOCK_FOLDER) gets a mark there.
#define _GNU_SOURCE
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

enum { kTextAddress = 0x9000, kRet = 0x00008067, kFewestInstructions = 128, kMoreInstructions = 384 };

static int fail(const char* path) {
    fprintf(stderr, "riscv-tt-elf-g++ (stand-in of ttmem): %s: %s\n", path, strerror(errno));
    return 1;
}

// ---- arguments ---------------------------------------------------------------------------------------------------

static const char* value_after(char** arguments, const char* option) {
    for (; *arguments != NULL; arguments++) {
        if (strcmp(*arguments, option) == 0) return arguments[1];
    }
    return NULL;
}

static bool has(char** arguments, const char* option) {
    for (; *arguments != NULL; arguments++) {
        if (strcmp(*arguments, option) == 0) return true;
    }
    return false;
}

static bool has_beginning(char** arguments, const char* begin) {
    for (; *arguments != NULL; arguments++) {
        if (strncmp(*arguments, begin, strlen(begin)) == 0) return true;
    }
    return false;
}

static bool is_source(const char* word) {
    const char* end = strrchr(word, '.');
    return end != NULL && (strcmp(end, ".cc") == 0 || strcmp(end, ".cpp") == 0 || strcmp(end, ".c") == 0);
}

// ---- paths -------------------------------------------------------------------------------------------------------

// Takes the last name off `path`, and returns it.
static const char* cut_last(char* path) {
    char* slash = strrchr(path, '/');
    if (slash == NULL) return path;
    *slash = '\0';
    return slash + 1;
}

static bool absolute(const char* path, char to[PATH_MAX]) {
    char folder[PATH_MAX] = "";
    if (path[0] != '/' && getcwd(folder, sizeof folder) == NULL) return false;
    return snprintf(to, PATH_MAX, "%s%s%s", folder, path[0] != '/' ? "/" : "", path) < PATH_MAX;
}

static void make_folders(const char* path) {
    char part[PATH_MAX];
    for (const char* slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        mkdir(part, 0777);
    }
}

static void leave_mark(void) {
    const char* folder = getenv("TTMEM_MOCK_FOLDER");
    char path[PATH_MAX];
    if (folder == NULL || snprintf(path, sizeof path, "%s/compiled", folder) >= PATH_MAX) return;
    const int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file >= 0) close(file);
}

static int write_file(const char* path, const void* data, size_t size) {
    FILE* file = fopen(path, "we");
    if (file == NULL) return fail(path);
    const bool is_whole = fwrite(data, 1, size, file) == size;
    const bool is_closed = fclose(file) == 0;
    return is_whole && is_closed ? 0 : fail(path);
}

static int write_dependencies(char** arguments, const char* output) {
    char path[PATH_MAX];
    const char* asked = value_after(arguments, "-MF");
    const char* end = strrchr(output, '.');
    const int length = end != NULL && strchr(end, '/') == NULL ? (int)(end - output) : (int)strlen(output);
    if (asked == NULL && snprintf(path, sizeof path, "%.*s.d", length, output) >= PATH_MAX) return fail(output);
    FILE* file = fopen(asked != NULL ? asked : path, "we");
    if (file == NULL) return fail(asked != NULL ? asked : path);
    fprintf(file, "%s:", output);
    for (char** word = arguments; *word != NULL; word++) {
        if (is_source(*word)) fprintf(file, " %s", *word);
    }
    fprintf(file, "\n");
    return fclose(file) == 0 ? 0 : fail(path);
}

// ---- firmware ----------------------------------------------------------------------------------------------------

static int copy(const char* from, const char* to) {
    const int source = open(from, O_RDONLY | O_CLOEXEC),
              target = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    ssize_t sent = source >= 0 && target >= 0 ? 1 : -1;
    while (sent > 0) sent = sendfile(target, source, NULL, 1 << 20);
    return sent == 0 ? 0 : fail(to);
}

static int by_name(const struct dirent** a, const struct dirent** b) { return strcmp((*a)->d_name, (*b)->d_name); }

// The wheel has firmware of each architecture in a folder of its own, whose name is a hash; Wormhole's has an erisc.
static int copy_firmware(const char* output, char** arguments) {
    char own[PATH_MAX] = "", place[PATH_MAX], path[3 * PATH_MAX];
    if (!absolute(output, place) || readlink("/proc/self/exe", own, sizeof own - 1) < 0) return fail(output);
    cut_last(place);
    const char* name = cut_last(place);
    char* root_end = strstr(own, "/runtime/sfpi/");
    if (root_end != NULL) *root_end = '\0';
    strncat(own, "/tt_metal/pre-compiled", sizeof own - strlen(own) - 1);
    const bool wormhole = has_beginning(arguments, "-mcpu=tt-wh");
    struct dirent** folders = NULL;
    const int count = scandir(own, &folders, NULL, by_name);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s/erisc", own, folders[i]->d_name);
        if ((access(path, F_OK) == 0) != wormhole) continue;
        snprintf(path, sizeof path, "%s/%s/%s/%s.elf", own, folders[i]->d_name, name, name);
        if (access(path, R_OK) == 0) return copy(path, output);
    }
    fprintf(stderr, "the wheel has no firmware %s\n", name);
    return 1;
}

// ---- kernels -----------------------------------------------------------------------------------------------------

// CRC-32, as in zip files.
static uint32_t checksum(uint32_t crc, const char* text) {
    crc = ~crc;
    for (; *text != '\0'; text++) {
        crc ^= (unsigned char)*text;
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xedb88320u & -(crc & 1));
    }
    return ~crc;
}

// Of the program and of the kernel in it: names of folders.
static uint32_t instructions_of(const char* output) {
    char path[PATH_MAX];
    if (!absolute(output, path)) return kFewestInstructions;
    cut_last(path);
    const char* kernel = cut_last(path);
    cut_last(path);
    const char* program = cut_last(path);
    return kFewestInstructions + checksum(checksum(0, kernel), program) % kMoreInstructions;
}

static const char kSectionNames[] = "\0.text\0.rela.text\0.symtab\0.strtab\0.shstrtab";
static const char kSymbolNames[] = "\0_start";

// The smallest ELF file that tt-metal takes: one segment of text, symbols of it, and relocations, of which it has none.
struct image {
    Elf32_Ehdr header;
    Elf32_Phdr segment;
    unsigned char padding[12];
    uint32_t text[kFewestInstructions + kMoreInstructions];
};

struct tail {
    Elf32_Sym symbols[3];
    char symbol_names[sizeof kSymbolNames];
    char section_names[sizeof kSectionNames];
    Elf32_Shdr sections[6];
};

static int write_kernel(const char* output) {
    const uint32_t count = instructions_of(output), size = count * 4;
    const uint32_t text_at = offsetof(struct image, text), tail_at = text_at + size;
    enum { kText = 1, kRelocations, kSymbols, kSymbolNamesSection, kSectionNamesSection, kSections };
    struct image image = {.header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT},
                                     .e_type = ET_EXEC,
                                     .e_machine = 243,
                                     .e_version = EV_CURRENT,
                                     .e_entry = kTextAddress,
                                     .e_phoff = sizeof(Elf32_Ehdr),
                                     .e_shoff = tail_at + offsetof(struct tail, sections),
                                     .e_ehsize = sizeof(Elf32_Ehdr),
                                     .e_phentsize = sizeof(Elf32_Phdr),
                                     .e_phnum = 1,
                                     .e_shentsize = sizeof(Elf32_Shdr),
                                     .e_shnum = kSections,
                                     .e_shstrndx = kSectionNamesSection},
                          .segment = {PT_LOAD, text_at, kTextAddress, kTextAddress, size, size, PF_R | PF_X, 16}};
    for (uint32_t i = 0; i < count; i++) image.text[i] = kRet;
    struct tail tail = {
        .symbols = {{0},
                    {0, kTextAddress, 0, ELF32_ST_INFO(STB_LOCAL, STT_SECTION), 0, kText},
                    {1, kTextAddress, size, ELF32_ST_INFO(STB_GLOBAL, STT_FUNC), 0, kText}},
        .sections = {
            [kText] = {1, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, kTextAddress, text_at, size, 0, 0, 16, 0},
            [kRelocations] = {7, SHT_RELA, SHF_INFO_LINK, 0, tail_at, 0, kSymbols, kText, 4, sizeof(Elf32_Rela)},
            [kSymbols] = {18, SHT_SYMTAB, 0, 0, tail_at, sizeof tail.symbols, kSymbolNamesSection, 2, 4,
                          sizeof(Elf32_Sym)},
            [kSymbolNamesSection] = {26, SHT_STRTAB, 0, 0, tail_at + offsetof(struct tail, symbol_names),
                                     sizeof kSymbolNames, 0, 0, 1, 0},
            [kSectionNamesSection] = {34, SHT_STRTAB, 0, 0, tail_at + offsetof(struct tail, section_names),
                                      sizeof kSectionNames, 0, 0, 1, 0}}};
    memcpy(tail.symbol_names, kSymbolNames, sizeof kSymbolNames);
    memcpy(tail.section_names, kSectionNames, sizeof kSectionNames);
    char file[sizeof image + sizeof tail];
    memcpy(file, &image, tail_at);
    memcpy(file + tail_at, &tail, sizeof tail);
    return write_file(output, file, tail_at + sizeof tail);
}

int main(int count, char** arguments) {
    (void)count;
    const char* output = value_after(++arguments, "-o");
    if (output == NULL) {
        if (has(arguments, "--version")) puts("riscv-tt-elf-g++ (stand-in of ttmem) 15.1.0");
        return 0;
    }
    char path[PATH_MAX];
    if (!absolute(output, path)) return fail(output);
    leave_mark();
    make_folders(path);
    if ((has(arguments, "-MMD") || has(arguments, "-MF")) && write_dependencies(arguments, output) != 0) return 1;
    static const char kObject[] = "an object of the stand-in\n";
    if (has(arguments, "-c") || has(arguments, "-S") || has(arguments, "c++-header"))
        return write_file(output, kObject, sizeof kObject - 1);
    return strstr(path, "/firmware/") != NULL ? copy_firmware(output, arguments) : write_kernel(output);
}
