    for (int i = ${name}_reset_entry.first; i < ${name}_reset_entry.end; i++)
        ${name}_do(m, i);
